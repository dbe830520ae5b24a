//! Several things that were asked for together: what became of each, in one shape everywhere.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Shown;
use super::{Answer, Call, Problem, RESOURCE_PATH};
use crate::error::Fault;

/// The most things that are asked for at once.
pub const MOST: usize = 100;

/// What became of each of several things, in the order they were asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcomes {
    /// One for each.
    pub items: Vec<Outcome>,
    /// How many were done.
    pub done: usize,
    /// How many were not.
    pub refused: usize,
    /// Whether there is more of what was asked for: then ask again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
}

/// What became of one of several things: what its own request would have been answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// The HTTP status.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// The body, when it was done and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    /// Its entity tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Where what was made is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Shown>,
}

/// What was answered to each, before it is shown.
pub type Answers = Vec<Result<Answer, Problem>>;

impl Outcomes {
    /// 200 with the outcome of each. Everything that is outdated by any of them is.
    pub fn answer(call: &Call, answers: Answers) -> Result<Answer, Problem> {
        Outcomes::answer_of_some(call, answers, None)
    }

    /// The same of what was found, which may not be all of it.
    pub fn answer_of_some(call: &Call, answers: Answers, more: Option<bool>) -> Result<Answer, Problem> {
        let mut outdated = Vec::new();
        let mut shows_secret = false;
        let items: Vec<Outcome> = answers
            .into_iter()
            .map(|answered| match answered {
                Ok(mut answer) => {
                    outdated.append(&mut answer.outdated);
                    shows_secret |= answer.shows_secret;
                    Outcome::done(call, answer)
                }
                Err(problem) => Outcome::refused(call, problem),
            })
            .collect();
        let done = items.iter().filter(|item| item.problem.is_none()).count();
        let outcomes = Outcomes { refused: items.len() - done, items, done, more };
        let body = serde_json::to_value(outcomes).map_err(Fault::internal)?;
        Ok(Answer {
            status: 200,
            body: Some(body),
            etag: None,
            location: None,
            shows_secret,
            outdated,
            flow: None,
        })
    }
}

impl Outcomes {
    /// Whether asking again would be of no use: each was done or refused, and none only for the moment.
    pub fn are_final(answer: &Answer) -> bool {
        let items = answer.body.as_ref().and_then(|body| body.get("items")).and_then(Value::as_array);
        items.is_some_and(|items| {
            items.iter().all(|item| {
                let is_ours = item["status"].as_u64().is_none_or(|status| status >= 500);
                !is_ours && item["problem"]["code"] != Problem::IN_PROGRESS
            })
        })
    }
}

impl Outcome {
    fn done(call: &Call, answer: Answer) -> Outcome {
        let url = |location: String| call.app.config.url(&format!("{RESOURCE_PATH}{location}"));
        Outcome {
            status: answer.status,
            body: answer.body,
            etag: answer.etag,
            location: answer.location.map(url),
            problem: None,
        }
    }

    fn refused(call: &Call, problem: Problem) -> Outcome {
        Outcome {
            status: problem.status(),
            body: None,
            etag: None,
            location: None,
            problem: Some(problem.shown(call.moment.request)),
        }
    }
}
