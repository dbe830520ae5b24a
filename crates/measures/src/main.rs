//! Does one piece of work a number of times, for whoever counts what that takes: `gatewright-measures token/sign 5`.
//! Without a name it lists them.

use std::error::Error;
use std::io::Write as _;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for measure in gatewright_measures::measures() {
            writeln!(std::io::stdout(), "{}", measure.name)?;
        }
        return Ok(());
    };
    let times: u32 = arguments.next().ok_or("how many times?")?.parse()?;
    let named = gatewright_measures::measures().into_iter().find(|measure| measure.name == name);
    let mut work = named.ok_or_else(|| format!("there is no {name}"))?.prepare()?;
    for _ in 0..times {
        work();
    }
    Ok(())
}
