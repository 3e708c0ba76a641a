//! The sample company of the first start: Ateliers Kervella, Concarneau. Boats, engines, a shop, and a back office.

mod commerce;
mod punches;
mod requests;
mod tills;

use crate::system::System;
use kernel::{Actor, Cause, Lang, Result};
use system::auth::{SamplePerson, SampleTeam, Seeded};

/// The password of every sample account; they may sign in on loopback only.
pub const PASSWORD: &str = "archipel";

/// Address, name, title, team, roles.
const PEOPLE: [(&str, &str, &str, &str, &[&str]); 16] = [
    ("helene@archipel.test", "Hélène Stéphan", "Directrice", "Direction", &[]),
    ("marc@archipel.test", "Marc Le Goff", "Responsable atelier", "Atelier moteurs", &[]),
    ("lea@archipel.test", "Léa Morvan", "Technicienne atelier", "Atelier moteurs", &[]),
    ("erwan@archipel.test", "Erwan Guéguen", "Mécanicien", "Atelier moteurs", &[]),
    ("pierrick@archipel.test", "Pierrick Kerbrat", "Mécanicien", "Atelier moteurs", &[]),
    ("gwenael@archipel.test", "Gwenaël Le Roux", "Électronicien", "Atelier moteurs", &[]),
    ("theo@archipel.test", "Théo Riou", "Technicien itinérant", "Atelier moteurs", &["technician"]),
    ("ines@archipel.test", "Inès Cadiou", "Technicienne itinérante", "Atelier moteurs", &["technician"]),
    ("yann@archipel.test", "Yann Prigent", "Technicien itinérant", "Atelier moteurs", &["technician"]),
    ("anne@archipel.test", "Anne Bihan", "Comptable", "Administration", &[]),
    ("nadia@archipel.test", "Nadia Benali", "Responsable RH", "Administration", &["rh"]),
    ("omar@archipel.test", "Omar Diallo", "Exploitation", "Administration", &["operator"]),
    ("sonia@archipel.test", "Sonia Marques", "Sécurité", "Administration", &["security"]),
    ("chloe@archipel.test", "Chloé Tanguy", "Responsable magasin", "Magasin", &["shop_manager"]),
    ("caisse@archipel.test", "Malo Caradec", "Caissier", "Magasin", &["cashier"]),
    ("client@archipel.test", "Katell Jaouen", "Cliente", "", &["customer"]),
];

/// Name, manager, parent.
const TEAMS: [(&str, &str, &str); 4] = [
    ("Direction", "helene@archipel.test", ""),
    ("Atelier moteurs", "marc@archipel.test", "Direction"),
    ("Administration", "nadia@archipel.test", "Direction"),
    ("Magasin", "chloe@archipel.test", "Direction"),
];

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Makes the company: people, teams, and three months of their work. Punches come before the requests that they bear out.
///
/// # Errors
/// When a module does not take it.
pub async fn seed(system: &System) -> Result<()> {
    let cause = Cause::new(&Actor::system("sample"), system.clock.new_id());
    let seeded = people(system, &cause).await?;
    commerce::seed(system, &cause).await?;
    punches::seed(system, &seeded, &cause).await?;
    requests::seed(system, &seeded).await?;
    tills::seed(system, &seeded, &cause).await
}

async fn people(system: &System, cause: &Cause) -> Result<Seeded> {
    let people: Vec<SamplePerson> = PEOPLE
        .iter()
        .map(|(email, name, title, team, roles)| SamplePerson {
            email: (*email).to_owned(),
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            lang: Lang::Fr,
            team: some(team),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        })
        .collect();
    let teams: Vec<SampleTeam> = TEAMS
        .iter()
        .map(|(name, manager, parent)| SampleTeam {
            name: (*name).to_owned(),
            manager: some(manager),
            parent: some(parent),
        })
        .collect();
    system.modules.auth()?.seed(&people, &teams, PASSWORD, cause).await
}
