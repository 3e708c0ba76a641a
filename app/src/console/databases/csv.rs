//! The list of databases as CSV (RFC 4180).

use super::List;
use crate::console::desk::{self, Desk};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use web::{Ctx, Failure, Query};

/// A field that spreadsheets take as text, whatever it begins with (OWASP, CSV injection).
fn csv_field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

pub(super) async fn file(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    desk::see(&ctx)?;
    let list = List::read(&desk, &ctx, &query, usize::MAX).await?;
    let mut text =
        String::from("database,engine,place,state,schema_version,epoch,position,bytes,open,error\r\n");
    for (island, vital) in list.shown() {
        let plain = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let fields = [
            csv_field(&island.id.to_string()),
            csv_field(island.engine()),
            csv_field(&island.host()),
            csv_field(island.word()),
            island.schema_version.to_string(),
            island.epoch.to_string(),
            plain(vital.position),
            plain(vital.bytes),
            island.open.to_string(),
            csv_field(vital.error.as_deref().unwrap_or_default()),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"databases.csv\""),
    ];
    Ok((headers, text).into_response())
}
