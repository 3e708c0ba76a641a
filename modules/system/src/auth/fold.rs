//! How the events make the rows: what `verify` folds and compares.

use db::Event;
use flow::{Fold, FoldTable, Rows};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables that events account for, and how.
#[must_use]
pub fn fold() -> Fold {
    let table = |name: &str, key: &[&str], columns: &[&str]| FoldTable {
        name: name.into(),
        key: key.iter().map(|c| (*c).to_owned()).collect(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
    };
    Fold {
        tables: vec![
            table("users", &["id"], &["email", "active", "sample", "version", "created_at"]),
            table("user_profiles", &["user_id"], &["name", "title", "lang", "team_id"]),
            table("teams", &["id"], &["name", "manager_id", "parent_id", "version"]),
            table("roles", &["code"], &["name_fr", "name_en"]),
            table("user_roles", &["user_id", "role"], &[]),
            table("permissions", &["role", "permission"], &["scope", "granted"]),
        ],
        apply: Arc::new(apply),
    }
}

fn text(data: &Json, member: &str) -> String {
    data[member].as_str().unwrap_or_default().to_owned()
}

/// Sets columns of a row, making it when it is not there.
fn put(rows: &mut Rows, table: &str, key: String, columns: &[(&str, Json)]) {
    let row: &mut BTreeMap<String, Json> = rows.entry((table.to_owned(), key)).or_default();
    row.extend(columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
}

fn apply(event: &Event, data: &Json, rows: &mut Rows) {
    match event.kind.as_str() {
        "user.created" | "user.changed" => person(event, data, rows),
        "user.disabled" | "user.enabled" => {
            let active = json!(event.kind == "user.enabled");
            let columns = [("active", active), ("version", data["version"].clone())];
            put(rows, "users", text(data, "user"), &columns);
        }
        "team.created" | "team.changed" => {
            let columns = [
                ("name", data["name"].clone()),
                ("manager_id", data["manager"].clone()),
                ("parent_id", data["parent"].clone()),
                ("version", data["version"].clone()),
            ];
            put(rows, "teams", text(data, "team"), &columns);
        }
        "role.created" => {
            let columns = [("name_fr", data["name"]["fr"].clone()), ("name_en", data["name"]["en"].clone())];
            put(rows, "roles", text(data, "role"), &columns);
        }
        "role.granted" => put(rows, "user_roles", user_role(data), &[]),
        "role.revoked" => drop(rows.remove(&("user_roles".to_owned(), user_role(data)))),
        "permission.granted" | "permission.revoked" => {
            let key = format!("{}/{}", text(data, "role"), text(data, "permission"));
            let granted = json!(event.kind == "permission.granted");
            put(rows, "permissions", key, &[("scope", data["scope"].clone()), ("granted", granted)]);
        }
        _ => {}
    }
}

fn user_role(data: &Json) -> String {
    format!("{}/{}", text(data, "user"), text(data, "role"))
}

fn person(event: &Event, data: &Json, rows: &mut Rows) {
    let user = text(data, "user");
    let mut columns = vec![("email", data["email"].clone()), ("version", data["version"].clone())];
    if event.kind == "user.created" {
        columns.push(("active", json!(true)));
        columns.push(("sample", data["sample"].clone()));
        columns.push(("created_at", json!(event.at.0)));
    }
    put(rows, "users", user.clone(), &columns);
    let profile = [
        ("name", data["name"].clone()),
        ("title", data["title"].clone()),
        ("lang", data["lang"].clone()),
        ("team_id", data["team"].clone()),
    ];
    put(rows, "user_profiles", user, &profile);
}
