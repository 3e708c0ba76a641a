//! What the modules declare: which figures to make of their events. It grows while the system runs, when a module is
//! installed.

use super::period::Period;
use contracts::dashboard::{Dashboard, Measure};
use jiff::tz::TimeZone;
use kernel::{Error, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Raised when the same declarations make other rows than before: the projection is then built anew.
const CODE_VERSION: u32 = 2;

/// Units that pages can write.
const UNITS: [&str; 4] = ["count", "minutes", "cents", "days"];

/// The declarations of all modules, shared by the projection, its readers and whoever installs modules.
#[derive(Debug)]
pub struct Declarations {
    zone: TimeZone,
    modules: RwLock<Arc<BTreeMap<String, Dashboard>>>,
}

/// The declarations as they stand: what the projection is a function of.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The zone in which weeks and months begin.
    pub zone: TimeZone,
    /// The figures by module code.
    pub modules: Arc<BTreeMap<String, Dashboard>>,
}

impl Declarations {
    /// No declaration yet; weeks and months begin in this zone.
    #[must_use]
    pub fn new(zone: TimeZone) -> Arc<Self> {
        Arc::new(Self { zone, modules: RwLock::default() })
    }

    /// Takes a module's declaration; a later one takes the place of the former. The projection is built anew beside the
    /// one that serves as soon as its consumer looks again.
    ///
    /// # Errors
    /// Invalid when a figure has an unknown unit, period, scope, or the identifier of another.
    pub fn declare(&self, module: &str, dashboard: Dashboard) -> Result<()> {
        check(&dashboard).map_err(|why| {
            Error::invalid(
                "bad_dashboard",
                format!("Les indicateurs de {module} ne conviennent pas : {why}"),
                format!("The figures of {module} are not acceptable: {why}"),
            )
        })?;
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut modules).insert(module.to_owned(), dashboard);
        Ok(())
    }

    /// The declarations as they stand.
    #[must_use]
    pub fn now(&self) -> Declared {
        let modules = self.modules.read().unwrap_or_else(PoisonError::into_inner).clone();
        Declared { zone: self.zone.clone(), modules }
    }
}

impl Declared {
    /// A number that changes with the code, the zone and every declaration, the same in every process: FNV-1a over
    /// their JSON.
    #[must_use]
    pub fn version(&self) -> u32 {
        let declared = serde_json::to_string(&*self.modules).unwrap_or_default();
        let zone = self.zone.iana_name().unwrap_or("UTC");
        let text = format!("{CODE_VERSION} {zone} {declared}");
        text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

fn check(dashboard: &Dashboard) -> std::result::Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for kpi in &dashboard.kpis {
        if !seen.insert(&kpi.id) {
            return Err(format!("`{}` twice", kpi.id));
        }
        if !UNITS.contains(&kpi.unit.as_str()) {
            return Err(format!("`{}`: unit `{}`, expected one of {}", kpi.id, kpi.unit, UNITS.join(", ")));
        }
        if let Some(word) = period_word(&kpi.measure)
            && Period::parse(word).is_none()
        {
            return Err(format!("`{}`: period `{word}`, expected day, week or month", kpi.id));
        }
        if let Some(audience) =
            kpi.audience.iter().find(|a| !["self", "team", "all"].contains(&a.scope.as_str()))
        {
            return Err(format!("`{}`: scope `{}`, expected self, team or all", kpi.id, audience.scope));
        }
        let of_events = matches!(kpi.measure, Measure::Counted { .. } | Measure::Holding { .. });
        if of_events && kpi.audience.iter().any(|audience| audience.scope != "all") {
            return Err(format!("`{}`: events of others belong to nobody: scope all", kpi.id));
        }
    }
    Ok(())
}

fn period_word(measure: &Measure) -> Option<&str> {
    match measure {
        Measure::Standing { .. } | Measure::Holding { .. } => None,
        Measure::Counted { period, .. } => period.as_deref(),
        Measure::Entered { period, .. } | Measure::Sum { period, .. } | Measure::Delay { period, .. } => {
            Some(period)
        }
    }
}

/// The period of a measure; what stands now is followed by the week.
pub(super) fn period_of(measure: &Measure) -> Period {
    period_word(measure).and_then(Period::parse).unwrap_or(Period::Week)
}
