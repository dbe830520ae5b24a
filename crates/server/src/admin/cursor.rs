//! Lists, page by page.
//!
//! A cursor says behind which row the next page begins, so what is inserted or removed meanwhile neither repeats nor
//! hides anything. It is sealed: nobody builds one, and one of another list is none.

use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_store::Time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Answer, Call, Problem};

/// Items on a page when nothing else is asked for.
const USUAL: u32 = 50;
/// Items on a page at most.
pub const MOST: u32 = 200;
/// How long a cursor is good: a list is read in one go, an event feed goes on with its last.
const GOOD_FOR: chrono::Duration = chrono::Duration::days(30);

/// Behind which row a page begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The row's time.
    pub at: Time,
    /// The row's id.
    pub id: String,
}

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Behind which row it begins; at the beginning when absent.
    pub after: Option<Place>,
    /// How many items.
    pub limit: u32,
}

impl Page {
    /// Time and id of the row it begins behind, of rows that are told by both.
    pub fn row(&self) -> Option<(Time, Uuid)> {
        self.after.as_ref().map(|place| (place.at, place.id.parse().unwrap_or_default()))
    }
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    operation: String,
    place: T,
}

/// Reads `limit` and `cursor`.
pub fn page(call: &Call) -> Result<Page, Problem> {
    let limit = call.parsed("limit", "a number")?.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid("limit", format!("limit is 1 to {MOST}")));
    }
    Ok(Page { after: open(call)?, limit })
}

/// What `cursor` says; `None` when there is none.
pub fn open<T: DeserializeOwned>(call: &Call) -> Result<Option<T>, Problem> {
    let Some(text) = call.parameter("cursor")? else { return Ok(None) };
    let opened: Option<Sealed<T>> =
        call.app.data_keys.open_value(Purpose::AdminCursor, text, call.moment.now);
    match opened.filter(|sealed| sealed.operation == call.operation) {
        Some(sealed) => Ok(Some(sealed.place)),
        None => Err(foreign()),
    }
}

/// It is none that was given out here.
pub fn foreign() -> Problem {
    Problem::invalid("cursor", "this cursor is not of this list, or too old").hint("begin without a cursor")
}

/// One page of a list.
#[derive(Debug, Serialize)]
struct List<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Answers with a page. `place` says where an item is; the list goes on if the page is full.
pub fn answer<R, T: Serialize>(
    call: &Call,
    page: &Page,
    rows: &[R],
    (place, view): (impl Fn(&R) -> Place, impl Fn(&R) -> T),
) -> Result<Answer, Problem> {
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count >= page.limit);
    let last = rows.last().filter(|_| is_full).map(place);
    let next = last.map(|place| seal(call, place)).transpose()?;
    Ok(Answer { etag: None, ..Answer::ok(&List { items: rows.iter().map(view).collect(), next })? })
}

/// Answers with what was found by looking up to somewhere: there may be more behind it.
pub fn answer_up_to<R, T: Serialize>(
    call: &Call,
    rows: &[R],
    next: Option<Place>,
    view: impl Fn(&R) -> T,
) -> Result<Answer, Problem> {
    let next = next.map(|place| seal(call, place)).transpose()?;
    Ok(Answer { etag: None, ..Answer::ok(&List { items: rows.iter().map(view).collect(), next })? })
}

/// Answers with a page of something there is little of: `all` of it.
pub fn answer_of_few<R, T: Serialize>(
    call: &Call,
    all: Vec<R>,
    (place, view): (impl Fn(&R) -> Place, impl Fn(&R) -> T),
) -> Result<Answer, Problem> {
    let page = page(call)?;
    let mut placed: Vec<(Place, R)> = all.into_iter().map(|row| (place(&row), row)).collect();
    placed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let is_behind = |(place, _): &(Place, R)| page.after.as_ref().is_none_or(|after| place > after);
    let rows: Vec<(Place, R)> = placed.into_iter().filter(is_behind).take(page.limit as usize).collect();
    answer(call, &page, &rows, (|(place, _): &(Place, R)| place.clone(), |(_, row): &(Place, R)| view(row)))
}

/// A cursor for this list.
pub fn seal<T: Serialize>(call: &Call, place: T) -> Result<String, Problem> {
    let value = Sealed { operation: call.operation.to_owned(), place };
    let expiring = Expiring { until: call.moment.now + GOOD_FOR, value };
    Ok(call.app.data_keys.seal(&call.app, Purpose::AdminCursor, &expiring)?)
}
