//! Places in words. What they are called is data; in which order it is said belongs to the language.

use std::fmt::Display;

use super::Words;

impl Words {
    /// A town in its country: "Berlin, Germany".
    pub fn place(self, city: impl Display, country: impl Display) -> String {
        self.say("words-place").with("city", city).with("country", country).plain()
    }
}
