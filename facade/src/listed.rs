//! Lists in a sentence.

use std::fmt::Display;

/// The first of a list, and whether there are more.
pub(crate) fn listed<T: Display>(items: impl IntoIterator<Item = T>, most: usize) -> String {
    let mut items = items.into_iter();
    let shown: Vec<String> = items
        .by_ref()
        .take(most)
        .map(|item| item.to_string())
        .collect();
    let more = if items.next().is_some() {
        " and more"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_were_asked_for() {
        for (most, text) in [(3, "1, 2, 3"), (4, "1, 2, 3"), (2, "1, 2 and more")] {
            assert_eq!(listed([1, 2, 3], most), text);
        }
    }
}
