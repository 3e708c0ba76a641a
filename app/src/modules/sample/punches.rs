//! Three months at the punch clock. Late work is punched on the days that the requests for overtime tell of.

use super::{PEOPLE, TEAMS, requests};
use crate::system::System;
use jiff::civil::Time;
use kernel::{Cause, DatabaseId, Error, ModuleCode, Result, Uuid};
use people::heures::{self, Late, Oddity, SamplePerson};
use system::auth::Seeded;

/// Whose punches of the last working day do not add up: the team's page has something to mend.
const ODD: [(&str, Oddity); 2] =
    [("theo@archipel.test", Oddity::NoExit), ("pierrick@archipel.test", Oddity::TwoEntries)];

/// Writes the punches of everybody who has a team, but for those who lead the house.
pub(super) async fn seed(system: &System, seeded: &Seeded, cause: &Cause) -> Result<()> {
    let code = ModuleCode::new("heures").map_err(|bad| Error::internal(bad.to_string()))?;
    let db = system.database(&DatabaseId::main(code))?;
    let now = system.clock.now();
    let today = now.to_jiff().to_zoned(system.config.zone.clone()).date();
    let late: Vec<Late> =
        requests::plan(today).iter().map(|asked| late(seeded, asked)).collect::<Result<_>>()?;
    let people = PEOPLE.iter().filter(|(.., team, _)| !matches!(*team, "" | "Direction"));
    let people: Vec<SamplePerson> = people
        .map(|(email, _, _, team, _)| {
            let manager = TEAMS.iter().find(|(name, ..)| name == team).map(|(_, manager, _)| *manager);
            let manager = manager.map(|email| person(seeded, email)).transpose()?;
            let oddity = ODD.iter().find(|(odd, _)| odd == email).map(|(_, oddity)| *oddity);
            let team = seeded.teams.get(*team).copied();
            Ok(SamplePerson { oddity, ..SamplePerson::new(person(seeded, email)?, team, manager) })
        })
        .collect::<Result<_>>()?;
    heures::seed(&db, &people, &late, now, cause.correlation_id).await?;
    Ok(())
}

fn late(seeded: &Seeded, asked: &requests::Asked) -> Result<Late> {
    let time = |text: &str| text.parse::<Time>().map_err(|e| Error::internal(format!("{text}: {e}")));
    let (from, to) = asked.hours();
    let person = person(seeded, &format!("{}@archipel.test", asked.person))?;
    Ok(Late { person, day: asked.day, from_to: (time(from)?, time(to)?) })
}

fn person(seeded: &Seeded, email: &str) -> Result<Uuid> {
    seeded.people.get(email).copied().ok_or_else(|| Error::internal(format!("no {email}")))
}
