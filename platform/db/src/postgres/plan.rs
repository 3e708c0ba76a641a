//! The order in which the writes of a group are run, and which of them become one statement.
//!
//! The outcome must be that of the jobs one after another, in some order. Writes whose row is known and different
//! may trade places; two on one row keep theirs, and nothing passes a write whose row is not known. So writes are laid
//! into *chunks*, each of one statement and of rows that differ; chunks are run in order.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What a write touches. Numbers are hashes: two rows that share one only keep an order that they did not need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Touch {
    /// One row.
    Row { table: u64, row: u64 },
    /// A row that is new, so that no write before it in the group can have meant it.
    Append { table: u64 },
    /// Anything.
    Free,
}

/// One write of one job, on its way into a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The job's place in the group.
    pub(super) job: usize,
    /// The write's place in the job.
    pub(super) write: usize,
    /// The form of its statement.
    pub(super) form: usize,
    /// What it touches.
    pub(super) touch: Touch,
}

/// Writes of one statement that may run as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chunk {
    pub(super) form: usize,
    /// (job, write)
    pub(super) writes: Vec<(usize, usize)>,
}

/// A hash that is the same for equal input within one process; the order between processes needs none.
pub(super) fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Where the writes laid so far stand, as numbers of chunks.
#[derive(Default)]
struct Laid {
    /// Nothing may be laid before this chunk.
    base: usize,
    /// The chunks of each form, in order.
    of_form: HashMap<usize, Vec<usize>>,
    rows: HashMap<u64, usize>,
    /// The last chunk with a known row of a table, and the last with a new one.
    known: HashMap<u64, usize>,
    new: HashMap<u64, (usize, usize)>,
}

impl Laid {
    /// The first chunk in which a write may stand.
    fn floor(&self, step: &Step) -> usize {
        let after = |chunk: Option<&usize>| chunk.map_or(0, |c| c + 1);
        match step.touch {
            Touch::Free => usize::MAX,
            Touch::Row { table, row } => {
                let appended = after(self.new.get(&table).map(|(_, chunk)| chunk));
                self.base.max(after(self.rows.get(&row))).max(appended)
            }
            Touch::Append { table } => {
                let appended = match self.new.get(&table) {
                    Some((form, chunk)) if *form != step.form => chunk + 1,
                    _ => 0,
                };
                self.base.max(after(self.known.get(&table))).max(appended)
            }
        }
    }

    /// The first chunk of the step's form in which it may stand: repeated rows make few chunks, each as full as can
    /// be.
    fn open(&self, step: &Step) -> Option<usize> {
        let floor = self.floor(step);
        let chunks = self.of_form.get(&step.form)?;
        chunks.get(chunks.partition_point(|chunk| *chunk < floor)).copied()
    }

    fn note(&mut self, step: &Step, chunk: usize) {
        match step.touch {
            Touch::Free => self.base = chunk + 1,
            Touch::Row { table, row } => {
                self.rows.insert(row, chunk);
                let last = self.known.entry(table).or_default();
                *last = (*last).max(chunk);
            }
            Touch::Append { table } => {
                let last = self.new.entry(table).or_insert((step.form, chunk));
                *last = (step.form, last.1.max(chunk));
            }
        }
        let chunks = self.of_form.entry(step.form).or_default();
        if chunks.last().is_none_or(|last| *last < chunk) {
            chunks.push(chunk);
        }
    }
}

/// Lays steps into chunks. Without `fold` each step is a chunk of its own and the order is the one given.
pub(super) fn chunks(steps: &[Step], fold: bool) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut laid = Laid::default();
    for step in steps {
        let write = (step.job, step.write);
        let open = if fold { laid.open(step) } else { None };
        let at = open.unwrap_or(chunks.len());
        match chunks.get_mut(at) {
            Some(chunk) => chunk.writes.push(write),
            None => chunks.push(Chunk { form: step.form, writes: vec![write] }),
        }
        laid.note(step, at);
    }
    chunks
}

/// What one job wants to run: how many of its first writes are guards, and its writes in order.
#[derive(Debug)]
pub(super) struct Intent {
    pub(super) job: usize,
    pub(super) guards: usize,
    pub(super) steps: Vec<Step>,
}

/// The guards of all jobs, then the rest, then in full the jobs whose guards may not run ahead of their neighbours.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) guards: Vec<Step>,
    pub(super) rest: Vec<Step>,
    /// The jobs in the order in which their effects can be seen as one after another.
    pub(super) jobs: Vec<usize>,
}

/// Puts the jobs of a group in order.
///
/// Guards run first, so that a miss costs no rollback. That is the same as one job after another only if no job's
/// later write touches a row that another job's guard has looked at, and if every row is known; a job that breaks
/// this runs last, in full.
pub(super) fn order(intents: Vec<Intent>) -> Order {
    let mut guarded: HashMap<u64, usize> = HashMap::new();
    for intent in &intents {
        for step in &intent.steps[..intent.guards] {
            if let Touch::Row { row, .. } = step.touch {
                // A row guarded by two jobs belongs to neither: any later write on it comes last.
                guarded
                    .entry(row)
                    .and_modify(|job| *job = if *job == intent.job { *job } else { usize::MAX })
                    .or_insert(intent.job);
            }
        }
    }
    let free = |step: &Step| step.touch == Touch::Free;
    let crosses = |intent: &Intent| {
        intent.steps[intent.guards..].iter().any(|step| match step.touch {
            Touch::Row { row, .. } => guarded.get(&row).is_some_and(|job| *job != intent.job),
            _ => false,
        })
    };
    let (last, first): (Vec<_>, Vec<_>) =
        intents.into_iter().partition(|intent| intent.steps.iter().any(free) || crosses(intent));
    let mut order = Order::default();
    for intent in first {
        order.jobs.push(intent.job);
        order.guards.extend(&intent.steps[..intent.guards]);
        order.rest.extend(&intent.steps[intent.guards..]);
    }
    for intent in last {
        order.jobs.push(intent.job);
        order.rest.extend(&intent.steps);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(job: usize, form: usize, row: u64) -> Step {
        Step { job, write: form, form, touch: Touch::Row { table: form as u64, row } }
    }

    fn shape(chunks: &[Chunk]) -> Vec<(usize, usize)> {
        chunks.iter().map(|c| (c.form, c.writes.len())).collect()
    }

    #[test]
    fn equal_shapes_become_one_chunk_per_statement() {
        let steps: Vec<_> =
            (0..10).flat_map(|job| [step(job, 0, job as u64), step(job, 1, 100 + job as u64)]).collect();
        assert_eq!(shape(&chunks(&steps, true)), [(0, 10), (1, 10)]);
        assert_eq!(chunks(&steps, false).len(), 20);
    }

    #[test]
    fn two_writes_on_one_row_keep_their_order() {
        let steps = [step(0, 0, 7), step(1, 0, 8), step(2, 0, 7), step(3, 0, 9), step(4, 0, 7)];
        let laid = chunks(&steps, true);
        assert_eq!(shape(&laid), [(0, 3), (0, 1), (0, 1)]);
        // The same row through two statements: the second may not join a chunk before the first.
        let table = |s: Step, row| Step { touch: Touch::Row { table: 0, row }, ..s };
        let mixed = [table(step(0, 1, 0), 1), table(step(1, 0, 0), 2), table(step(2, 1, 0), 2)];
        assert_eq!(shape(&chunks(&mixed, true)), [(1, 1), (0, 1), (1, 1)]);
    }

    #[test]
    fn nothing_passes_a_write_of_unknown_rows() {
        let free = Step { touch: Touch::Free, ..step(1, 1, 0) };
        let steps = [step(0, 0, 1), free, step(2, 0, 2), free];
        assert_eq!(shape(&chunks(&steps, true)), [(0, 1), (1, 1), (0, 1), (1, 1)]);
    }

    #[test]
    fn a_new_row_stays_between_its_neighbours() {
        let append = |job| Step { touch: Touch::Append { table: 0 }, ..step(job, 1, 0) };
        let update = |job, row| Step { touch: Touch::Row { table: 0, row }, ..step(job, 0, row) };
        let steps = [append(0), update(0, 1), append(1), update(1, 2)];
        assert_eq!(shape(&chunks(&steps, true)), [(1, 1), (0, 1), (1, 1), (0, 1)]);
        assert_eq!(shape(&chunks(&[append(0), append(1)], true)), [(1, 2)]);
    }

    fn intent(job: usize, guards: usize, steps: Vec<Step>) -> Intent {
        Intent { job, guards, steps }
    }

    #[test]
    fn guards_come_first_and_crossing_jobs_last() {
        let plain = intent(0, 1, vec![step(0, 0, 1), step(0, 1, 10)]);
        let crossing = intent(1, 1, vec![step(1, 0, 2), step(1, 0, 1)]);
        let free = intent(2, 0, vec![Step { touch: Touch::Free, ..step(2, 2, 0) }]);
        let other = intent(3, 1, vec![step(3, 0, 3), step(3, 0, 3)]);
        let order = order(vec![free, plain, crossing, other]);
        assert_eq!(order.jobs, [0, 3, 2, 1]);
        assert_eq!(order.guards.iter().map(|s| s.job).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(order.rest.iter().map(|s| s.job).collect::<Vec<_>>(), [0, 3, 2, 1, 1]);
    }
}
