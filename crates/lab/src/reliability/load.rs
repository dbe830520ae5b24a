//! Mixed load in the background of an experiment, and its end.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::actor::Actor;
use super::party::{Party, people};
use super::run::Run;
use crate::Outcome;

/// Actors at work.
pub struct Load {
    actors: Vec<JoinHandle<Actor>>,
    goes_on: watch::Sender<()>,
}

/// The pause between two steps of an actor, on average.
pub const PAUSE: Duration = Duration::from_millis(60);

impl Load {
    /// So many people.
    pub async fn begin(run: &Run<'_>, party: &Party, count: usize) -> Outcome<Load> {
        let people = people(run.world, count).await?;
        let (goes_on, until) = watch::channel(());
        let numbered = (1_u64..).zip(people);
        let begin = |(number, person)| {
            tokio::spawn(Actor::new(person, party.another(number)).act(until.clone(), PAUSE))
        };
        Ok(Load { actors: numbered.map(begin).collect(), goes_on })
    }

    /// Lets all of them finish what they do.
    pub async fn end(self) -> Outcome<Vec<Actor>> {
        drop(self.goes_on);
        let mut actors = Vec::new();
        for actor in self.actors {
            actors.push(actor.await?);
        }
        Ok(actors)
    }
}
