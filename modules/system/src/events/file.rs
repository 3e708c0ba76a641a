//! The file of an archived month: one JSON line for each event, compressed (RFC 1952), written whole or not at all. Its
//! `data` is a text: the very bytes that were hashed.

use super::model::{Partition, Stored, linked};
use aws_lc_rs::digest::{Context, SHA256};
use db::{Event, GENESIS, Hash};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: u64,
    source: String,
    position: u64,
    at: i64,
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    stream: String,
    stream_version: u64,
    actor: String,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    data: String,
    hash: String,
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Hash> {
    let mut hash = GENESIS;
    if text.len() != 2 * hash.len() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

impl From<&Stored> for Line {
    fn from(stored: &Stored) -> Self {
        let event = stored.event.clone();
        Self {
            seq: stored.seq,
            source: stored.source.clone(),
            position: event.position,
            at: event.at.0,
            id: event.id,
            kind: event.kind,
            version: event.version,
            stream: event.stream,
            stream_version: event.stream_version,
            actor: event.actor,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            data: event.data,
            hash: hex(&event.hash),
        }
    }
}

impl Line {
    fn stored(self, partition: &str) -> Option<Stored> {
        let event = Event {
            position: self.position,
            at: Timestamp(self.at),
            id: self.id,
            kind: self.kind,
            version: self.version,
            stream: self.stream,
            stream_version: self.stream_version,
            actor: self.actor,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            data: self.data,
            hash: unhex(&self.hash)?,
        };
        Some(Stored { seq: self.seq, partition: partition.to_owned(), source: self.source, event })
    }
}

/// The file's name for a month.
pub(super) fn name(partition: &str) -> String {
    format!("events-{partition}.ndjson.gz")
}

/// A file that is being written, beside its name.
pub(super) struct Writing {
    target: PathBuf,
    unfinished: PathBuf,
    encoder: GzEncoder<File>,
    /// The chain over what was written.
    pub(super) hash: Hash,
    /// How many events were written.
    pub(super) events: u64,
}

/// What was written.
pub(super) struct Written {
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

impl Writing {
    pub(super) fn begin(folder: &Path, partition: &str) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let target = folder.join(name(partition));
        let unfinished = target.with_extension("unfinished");
        let file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished)?;
        let encoder = GzEncoder::new(file, Compression::default());
        Ok(Self { target, unfinished, encoder, hash: GENESIS, events: 0 })
    }

    pub(super) fn add(mut self, page: &[Stored]) -> io::Result<Self> {
        for stored in page {
            serde_json::to_writer(&mut self.encoder, &Line::from(stored))?;
            self.encoder.write_all(b"\n")?;
            self.hash = linked(&self.hash, stored.seq, &stored.event.hash);
            self.events += 1;
        }
        Ok(self)
    }

    /// Flushes, renames, flushes the folder.
    pub(super) fn end(self) -> io::Result<Written> {
        let file = self.encoder.finish()?;
        file.sync_all()?;
        let (sha256, bytes) = measure(&self.unfinished)?;
        std::fs::rename(&self.unfinished, &self.target)?;
        if let Some(folder) = self.target.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Written { sha256, bytes })
    }
}

/// Hash and size of a file.
fn measure(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        context.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    Ok((hex(context.finish().as_ref()), bytes))
}

/// Reads an archived month back, page by page, after its file was found to be the one that was written. At the end its
/// events must be those that were archived.
///
/// # Errors
/// Says what is not as it was written.
pub(super) fn read(
    folder: &Path,
    month: &Partition,
    page: usize,
    mut take: impl FnMut(Vec<Stored>) -> Result<(), String>,
) -> Result<(), String> {
    let file = month.file.as_deref().ok_or("the month has no file")?;
    let path = folder.join(file);
    let said = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let (sha256, _) = measure(&path).map_err(|e| said(&e))?;
    if month.file_sha256.as_deref() != Some(sha256.as_str()) {
        return Err(said(&"the file is not the one that was written: its SHA-256 is another"));
    }
    let decoder = GzDecoder::new(File::open(&path).map_err(|e| said(&e))?);
    let (mut waiting, mut hash, mut events) = (Vec::with_capacity(page), GENESIS, 0);
    for (n, line) in BufReader::new(decoder).lines().enumerate() {
        let line = line.map_err(|e| said(&e))?;
        let line: Line = serde_json::from_str(&line).map_err(|e| said(&format!("line {}: {e}", n + 1)))?;
        let stored = line.stored(&month.name).ok_or_else(|| said(&format!("line {}: no hash", n + 1)))?;
        hash = linked(&hash, stored.seq, &stored.event.hash);
        events += 1;
        waiting.push(stored);
        if waiting.len() == page {
            take(std::mem::take(&mut waiting))?;
        }
    }
    take(waiting)?;
    if events != month.events || hash != month.hash {
        return Err(said(&"it does not hold the events that were archived"));
    }
    Ok(())
}
