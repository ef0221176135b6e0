//! A set whose members are taken out by the number under which they were put in.

/// Keeps things close together in memory; a number is used again once it is free.
#[derive(Debug)]
pub(super) struct Slots<T> {
    all: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    pub(super) const fn new() -> Self {
        Self { all: Vec::new(), free: Vec::new() }
    }

    pub(super) fn put(&mut self, thing: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.all[number as usize] = Some(thing);
            return number;
        }
        self.all.push(Some(thing));
        // There are never four thousand million streams in one process.
        u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
    }

    pub(super) fn take(&mut self, number: u32) {
        if let Some(place) = self.all.get_mut(number as usize).filter(|place| place.is_some()) {
            *place = None;
            self.free.push(number);
        }
        if self.is_empty() {
            // What a crowd took is given back when it has left.
            *self = Self::new();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_there_until_it_is_taken_out() {
        let mut slots = Slots::new();
        let (a, b) = (slots.put('a'), slots.put('b'));
        slots.take(a);
        assert_eq!(slots.iter().collect::<String>(), "b");
        assert_eq!(slots.put('c'), a);
        slots.take(b);
        slots.take(b);
        assert!(!slots.is_empty());
        slots.take(a);
        assert!(slots.is_empty());
        assert_eq!(slots.all.capacity(), 0);
    }
}
