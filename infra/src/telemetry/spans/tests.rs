use super::*;

#[test]
fn a_correlation_id_is_a_trace_id_wherever_it_comes_from() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(trace_of(TRACE), TRACE);
    assert_eq!(trace_of("018f2f6e-8c1a-7b0e-9d55-3f1c2a4b5d6e"), "018f2f6e8c1a7b0e9d553f1c2a4b5d6e");
    let (mine, another) = (trace_of("mine"), trace_of("another's"));
    assert!(mine.len() == 32 && mine != another && mine == trace_of("mine"));
}

#[test]
fn an_event_names_its_trace_and_its_span_to_whoever_reads_it() {
    let event = Uuid::from_u128(0x018f_2f6e_8c1a_7b0e_9d55_3f1c_2a4b_5d6e);
    assert_eq!(traceparent(&"1".repeat(32), event), format!("00-{}-9d553f1c2a4b5d6e-00", "1".repeat(32)));
}
