use super::*;

fn folded(sql: &str, types: &[Type]) -> Option<String> {
    fold(sql, types).map(|f| f.sql)
}

#[test]
fn an_insert_becomes_a_select_over_columns() {
    assert_eq!(
        folded("INSERT INTO line (id, n, at) VALUES ($1, $2 + 1, 'a?$2')", &[Type::UUID, Type::INT8])
            .unwrap(),
        "INSERT INTO line (id, n, at) SELECT fold_.fold_p1, fold_.fold_p2 + 1, 'a?$2' \
         FROM unnest($1::uuid[], $2::int8[]) AS fold_(fold_p1, fold_p2)"
    );
}

#[test]
fn an_upsert_sees_the_new_row_as_excluded() {
    let sql = "INSERT INTO kpi (day, n) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET n = kpi.n + $2";
    assert_eq!(
        folded(sql, &[Type::INT8, Type::INT8]).unwrap(),
        "INSERT INTO kpi (day, n) SELECT fold_.fold_p1, fold_.fold_p2 \
         FROM unnest($1::int8[], $2::int8[]) AS fold_(fold_p1, fold_p2) \
         ON CONFLICT (day) DO UPDATE SET n = kpi.n + excluded.n"
    );
    let hidden =
        "INSERT INTO kpi (day, n) VALUES ($1, $2 + 1) ON CONFLICT (day) DO UPDATE SET n = kpi.n + $2";
    assert_eq!(folded(hidden, &[Type::INT8, Type::INT8]), None);
}

#[test]
fn an_update_answers_the_rows_that_it_touched() {
    let sql = "UPDATE item SET name = $3, version = version + 1 WHERE id = $1 AND version = $2";
    let folded = fold(sql, &[Type::UUID, Type::INT8, Type::TEXT]).unwrap();
    assert!(folded.numbered);
    assert_eq!(
        folded.sql,
        "UPDATE item SET name = fold_.fold_p3, version = version + 1 \
         FROM unnest($1::uuid[], $2::int8[], $3::text[]) WITH ORDINALITY AS fold_(fold_p1, fold_p2, fold_p3, fold_row) \
         WHERE id = fold_.fold_p1 AND version = fold_.fold_p2 RETURNING fold_.fold_row"
    );
}

#[test]
fn what_is_not_plain_is_left_alone() {
    for sql in [
        "DELETE FROM item WHERE id = $1",
        "INSERT INTO a (x) VALUES ($1), ($1)",
        "INSERT INTO a (x) SELECT $1",
        "INSERT INTO a (x) VALUES ($1) RETURNING x",
        "INSERT INTO a (x, y) VALUES ($1, DEFAULT)",
        "INSERT INTO a (x) VALUES ($1) ON CONFLICT DO NOTHING",
        "INSERT INTO a (x) VALUES ($1) ON CONFLICT (x) DO UPDATE SET y = 1 WHERE a.y < 1",
        "UPDATE a SET x = $1 FROM b WHERE a.id = b.id",
        "UPDATE a SET x = (SELECT 1) WHERE id = $1",
        "UPDATE a SET x = $1",
        "UPDATE a SET x = $1 WHERE id = $1 -- all",
    ] {
        assert_eq!(folded(sql, &[Type::INT8]), None, "{sql}");
    }
    assert!(folded("UPDATE a SET x = $1 WHERE y IS DISTINCT FROM $1", &[Type::INT8]).is_some());
}

#[test]
fn the_row_is_read_from_the_text() {
    let row = |table: &str, columns: &[&str], params: &[usize]| Reach::Row {
        table: table.into(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        params: params.to_vec(),
    };
    let upsert = "INSERT INTO kpi (n, day, shop) VALUES ($1, $2, $3) ON CONFLICT (shop, day) DO UPDATE SET n = excluded.n";
    assert_eq!(reach(upsert), row("kpi", &["day", "shop"], &[2, 3]));
    assert_eq!(reach("INSERT INTO kpi (n) VALUES ($1)"), Reach::Append { table: "kpi".into() });
    assert_eq!(
        reach("UPDATE cursor SET position = $3 WHERE consumer = $1 AND position = $2 AND source = 'x'"),
        row("cursor", &["consumer"], &[1])
    );
    assert_eq!(reach("UPDATE a SET x = 1 WHERE id = $1 OR id = $2"), Reach::Unknown);
    assert_eq!(reach("UPDATE a SET x = 1 WHERE id > $1"), Reach::Unknown);
    assert_eq!(
        reach("INSERT INTO a (id) VALUES ($1 + 1) ON CONFLICT (id) DO UPDATE SET x = 1"),
        Reach::Unknown
    );
    assert_eq!(reach("DELETE FROM a WHERE id = $1"), Reach::Unknown);
}
