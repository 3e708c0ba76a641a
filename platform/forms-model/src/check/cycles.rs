//! Fields whose value or visibility depends on itself.

use super::source::Report;
use crate::define::{Definition, Form};
use crate::values::dependencies;

pub(super) fn check(definition: &Definition, report: &Report) {
    for form in &definition.forms {
        if let Some(cycle) = find(form) {
            let first = cycle.first().map_or("", String::as_str);
            let place = format!("form:{}/field:{first}", form.code);
            let key = if form.field(first).is_some_and(|field| field.compute.is_some()) {
                "compute"
            } else {
                "show"
            };
            let what = format!("`{first}` depends on itself: {}", cycle.join(" → "));
            report.at(
                &format!("{place}/{key}"),
                what,
                "values and conditions that do not go round in a circle",
            );
        }
    }
}

/// One circle, if there is any: its first field is repeated at the end.
fn find(form: &Form) -> Option<Vec<String>> {
    let mut done: Vec<&str> = Vec::new();
    form.fields.iter().find_map(|field| walk(form, &field.key, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    form: &'a Form,
    key: &'a str,
    path: &mut Vec<&'a str>,
    done: &mut Vec<&'a str>,
) -> Option<Vec<String>> {
    if let Some(at) = path.iter().position(|seen| *seen == key) {
        let circle = path.iter().skip(at).chain(std::iter::once(&key));
        return Some(circle.map(|name| (*name).to_owned()).collect());
    }
    if done.contains(&key) {
        return None;
    }
    let field = form.field(key)?;
    path.push(key);
    let found = dependencies(field).into_iter().find_map(|name| walk(form, name, path, done));
    path.pop();
    done.push(key);
    found
}
