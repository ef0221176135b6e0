// Every dashboard. Rates are over `$__rate_interval`; what an alert looks at is shown by the recording rule that the alert uses.
import type { Dashboard } from '@grafana/schema';
import { dashboard, figure, lines, log } from './panels';

const API = 'route=~"/api/.*"';
const rate = (metric: string, labels = ''): string => `rate(${metric}{${labels}}[$__rate_interval])`;
const quantile = (q: number, metric: string, by: string, labels = ''): string =>
  `histogram_quantile(${q}, sum by (${by}) (${rate(`${metric}_bucket`, labels)}))`;

const overview = dashboard('overview', 'overview', [
  figure('Requests', 'reqps', null, ['sum(service:chat_http_requests:rate5m)', '']),
  figure('Failing (5 min)', 'percentunit', 0.001, ['chat:http_errors:ratio5m', '']),
  figure('Over 250 ms (5 min)', 'percentunit', 0.01, ['chat:http_slow:ratio5m', '']),
  figure('Worst projection lag', 's', 30, ['max(model:chat_projection_lag_seconds:max)', '']),
  figure('Live streams', 'short', null, ['sum(chat_streams_open)', '']),
  figure('Processes away', 'short', 1, ['count(up{job="chat"} == 0) or vector(0)', '']),
  lines('Requests by service', 'reqps', ['service:chat_http_requests:rate5m', '{{service}}']),
  lines('Error budget: burn rate (1 spends it in 30 days)', 'short',
    ['chat:http_errors:ratio5m / 0.001', '5 min'], ['chat:http_errors:ratio1h / 0.001', '1 h'], ['chat:http_errors:ratio6h / 0.001', '6 h']),
  lines('Latency budget: burn rate', 'short',
    ['chat:http_slow:ratio5m / 0.01', '5 min'], ['chat:http_slow:ratio1h / 0.01', '1 h'], ['chat:http_slow:ratio6h / 0.01', '6 h']),
  lines('Commands', 'ops', ['chat:commands:rate5m', '{{outcome}}']),
  lines('Projection lag', 's', ['model:chat_projection_lag_seconds:max', '{{model}}']),
  lines('Alerts that fire', 'short', ['count by (alertname, severity) (ALERTS{alertstate="firing"})', '{{alertname}} ({{severity}})']),
  log('Errors and warnings', '{service_name=~".+"} | json | level=~"ERROR|WARN"'),
]);

const writeSide = dashboard('write-side', 'write side', [
  lines('Commands', 'ops', [`sum by (command) (${rate('chat_commands_total')})`, '{{command}}']),
  lines('Outcomes', 'ops', [`sum by (outcome) (${rate('chat_commands_total')})`, '{{outcome}}']),
  lines('Refused for us: busy and unavailable', 'ops',
    [`sum(${rate('chat_commands_total', 'outcome="busy"')}) or vector(0)`, 'busy'],
    [`sum(${rate('chat_commands_total', 'outcome="unavailable"')}) or vector(0)`, 'unavailable']),
  lines('Time of one append', 's',
    [quantile(0.5, 'chat_append_duration_seconds', 'le'), 'p50'],
    [quantile(0.99, 'chat_append_duration_seconds', 'le'), 'p99']),
  lines('Appends', 'ops', [`sum by (service) (${rate('chat_append_duration_seconds_count')})`, '{{service}}']),
  lines('Events in one append', 'short',
    [`sum(${rate('chat_append_batch_events_sum')}) / sum(${rate('chat_append_batch_events_count')})`, 'mean'],
    [quantile(0.99, 'chat_append_batch_events', 'le'), 'p99']),
  lines('Append queue, filled', 'percentunit', ['max by (service, instance) (chat_append_queue_items / chat_append_queue_capacity)', '{{service}} {{instance}}']),
  lines('Conflicts and repeats', 'ops',
    [`sum(${rate('chat_commands_total', 'outcome="conflict"')}) or vector(0)`, 'conflict'],
    [`sum(${rate('chat_commands_total', 'outcome="repeated"')}) or vector(0)`, 'repeated'],
    [`sum(${rate('chat_commands_total', 'outcome="refused"')}) or vector(0)`, 'refused']),
]);

const projections = dashboard('projections', 'projections and relay', [
  figure('Parked streams', 'short', 1, ['sum(max by (model) (chat_parked_events))', '']),
  figure('Relays that lead', 'short', 2, ['sum(chat_relay_leads)', '']),
  lines('Projection lag (time)', 's', ['model:chat_projection_lag_seconds:max', '{{model}}']),
  lines('Projection lag (events)', 'short', ['model:chat_projection_lag_events:max', '{{model}}']),
  lines('Parked streams by model', 'short', ['max by (model) (chat_parked_events)', '{{model}}']),
  lines('Relay lag (time)', 's', ['max(chat_relay_lag_seconds)', 'worst']),
  lines('Relay lag (events)', 'short', ['max(chat_relay_lag_events)', 'worst']),
  lines('Relayed', 'ops', [`sum by (instance) (${rate('chat_relayed_events_total')})`, '{{instance}}']),
  lines('Who leads', 'bool_yes_no', ['chat_relay_leads', '{{service}} {{instance}}']),
]);

const streams = dashboard('streams', 'live streams', [
  figure('Open', 'short', null, ['sum(chat_streams_open)', '']),
  figure('Frames', 'ops', null, [`sum(${rate('chat_stream_deliveries_total')})`, '']),
  figure('Told to reload', 'ops', 1, [`sum(${rate('chat_stream_resets_total')})`, '']),
  lines('Open by process', 'short', ['sum by (service, instance) (chat_streams_open)', '{{service}} {{instance}}']),
  lines('Frames by service', 'ops', [`sum by (service) (${rate('chat_stream_deliveries_total')})`, '{{service}}']),
  lines('Told to reload by service', 'ops', [`sum by (service) (${rate('chat_stream_resets_total')})`, '{{service}}']),
  lines('Streams opened', 'reqps', [`sum by (route) (${rate('chat_http_requests_total', 'route=~".*/stream.*"')})`, '{{route}}']),
]);

const SELECTED = `${API},service=~"$service"`;
const services = dashboard('services', 'services (rate, errors, duration)', [
  lines('Rate', 'reqps', [`sum by (service) (${rate('chat_http_requests_total', SELECTED)})`, '{{service}}']),
  lines('Errors', 'percentunit', [
    `(sum by (service) (${rate('chat_http_requests_total', `${SELECTED},status=~"5.."`)}) or 0 * sum by (service) (${rate('chat_http_requests_total', SELECTED)})) / sum by (service) (${rate('chat_http_requests_total', SELECTED)})`,
    '{{service}}']),
  lines('Duration', 's',
    [quantile(0.5, 'chat_http_request_duration_seconds', 'service, le', SELECTED), 'p50 {{service}}'],
    [quantile(0.99, 'chat_http_request_duration_seconds', 'service, le', SELECTED), 'p99 {{service}}']),
  lines('Rate by route', 'reqps', [`sum by (method, route) (${rate('chat_http_requests_total', SELECTED)})`, '{{method}} {{route}}']),
  lines('Answers by status', 'reqps', [`sum by (status) (${rate('chat_http_requests_total', SELECTED)})`, '{{status}}']),
  lines('The slowest routes (p99)', 's', [`topk(10, ${quantile(0.99, 'chat_http_request_duration_seconds', 'method, route, le', `${SELECTED},route!~".*/stream.*"`)})`, '{{method}} {{route}}']),
], true);

const FILES = 'fstype!~"tmpfs|ramfs|overlay|squashfs"';
const dependencies = dashboard('dependencies', 'dependencies', [
  figure('Processes that miss something', 'short', 1, ['count(probe_success{job="chat-ready"} == 0) or vector(0)', '']),
  figure('The gateway answers', 'bool_yes_no', null, ['min(probe_success{job="edge"})', '']),
  figure('Days left of the certificate', 'short', null, ['min(probe_ssl_earliest_cert_expiry{job="edge"} - time()) / 86400', '']),
  lines('Ready, by process', 'bool_yes_no', ['min by (service, instance) (probe_success{job="chat-ready"})', '{{service}} {{instance}}']),
  lines('How long readiness takes', 's', ['max by (service) (probe_duration_seconds{job="chat-ready"})', '{{service}}']),
  lines('Dependencies, by part', 'bool_yes_no', ['max by (part) (chat_dependency_up)', '{{part}}']),
  lines('Space left', 'percentunit', [`min by (instance, mountpoint) (node_filesystem_avail_bytes{${FILES}} / node_filesystem_size_bytes{${FILES}})`, '{{instance}} {{mountpoint}}']),
  lines('Busy processors', 'percentunit', ['1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', '{{instance}}']),
  lines('Memory left', 'bytes', ['min by (instance) (node_memory_MemAvailable_bytes)', '{{instance}}']),
]);

export const all: readonly Dashboard[] = [overview, writeSide, projections, streams, services, dependencies];
