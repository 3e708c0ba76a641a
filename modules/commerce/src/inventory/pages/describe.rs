//! A product described: a new one, or one that is there.

use super::super::commands::{self, Act, Described};
use super::super::http::Room;
use super::super::sql::Product;
use super::super::{WRITE, vat};
use super::{Answer, LEVELS, PRODUCTS};
use crate::deciding::attempt;
use crate::shown::{error_message, see_other, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Lang, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Crumb, Field, FieldKind, FormPage, format, say};
use web::{Ctx, FormBody};

/// What the form holds, as it was typed.
#[derive(Default)]
struct Typed {
    sku: String,
    name: String,
    price: String,
    ean13: String,
    category: String,
    vat: String,
}

impl Typed {
    fn of(body: &FormBody) -> Self {
        let text = |name| body.get(name).to_owned();
        let (sku, name, price) = (text("sku"), text("name"), text("price_cents"));
        Self { sku, name, price, ean13: text("ean13"), category: text("category"), vat: text("vat") }
    }

    fn from(lang: Lang, p: &Product) -> Self {
        Self {
            sku: p.sku.clone(),
            name: p.name.clone(),
            price: format::money_field(lang, p.price_cents),
            ean13: p.ean13.clone().unwrap_or_default(),
            category: p.category.clone(),
            vat: p.vat.clone(),
        }
    }

    /// What it describes; a price that cannot be read is none, which is refused at its field.
    fn described(&self) -> Described {
        Described {
            sku: self.sku.clone(),
            name: self.name.clone(),
            price_cents: format::read::money(&self.price).unwrap_or(-1),
            ean13: Some(self.ean13.clone()).filter(|code| !code.is_empty()),
            category: self.category.clone(),
            vat: if self.vat.is_empty() { "standard".to_owned() } else { self.vat.clone() },
        }
    }

    fn fields(&self, lang: Lang, errors: &[(String, String)], is_new: bool) -> Vec<Field> {
        let with = |key: &str, label: &'static str, kind: FieldKind, value: &str| {
            let field = Field::new(lang, key, label, kind).value(value);
            match errors.iter().find(|(name, _)| name == key) {
                Some((_, text)) => field.error(text),
                None => field,
            }
        };
        let rates = vec![
            ui::Answer::new("standard", say(lang, "Normal, 20 %", "Standard, 20%")),
            ui::Answer::new("intermediate", say(lang, "Intermédiaire, 10 %", "Intermediate, 10%")),
            ui::Answer::new("reduced", say(lang, "Réduit, 5,5 %", "Reduced, 5.5%")),
            ui::Answer::new("special", say(lang, "Particulier, 2,1 %", "Special, 2.1%")),
        ];
        let sku = with("sku", say(lang, "Numéro d’article", "Article number"), FieldKind::Text, &self.sku);
        let vat = if self.vat.is_empty() { vat::CODES[0] } else { &self.vat };
        vec![
            if is_new { sku } else { sku.readonly() },
            with("name", say(lang, "Nom", "Name"), FieldKind::Text, &self.name),
            with(
                "price_cents",
                say(lang, "Prix toutes taxes comprises", "Price with all taxes"),
                FieldKind::Money,
                &self.price,
            ),
            with("vat", say(lang, "Taux de TVA", "VAT rate"), FieldKind::Select(rates), vat),
            with("category", say(lang, "Catégorie", "Category"), FieldKind::Text, &self.category).optional(),
            with("ean13", say(lang, "Code-barres EAN-13", "EAN-13 bar code"), FieldKind::Text, &self.ean13)
                .optional()
                .hint(say(lang, "Treize chiffres", "Thirteen digits")),
        ]
    }
}

/// The page; of a product that is there, with the version that was read.
fn shown(ctx: &Ctx, typed: &Typed, known: Option<(Uuid, u64)>, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let title = match known {
        None => say(lang, "Ajouter un produit", "Add a product"),
        Some(_) => say(lang, "Modifier le produit", "Change the product"),
    };
    let errors: Vec<(String, String)> = error
        .into_iter()
        .flat_map(|error| &error.fields)
        .map(|fault| (fault.field.trim_start_matches('/').to_owned(), fault.text.get(lang).to_owned()))
        .collect();
    let message = error.filter(|error| error.fields.is_empty()).map(|error| error_message(lang, error));
    let back = known.map_or_else(|| LEVELS.to_owned(), |(id, _)| format!("{PRODUCTS}/{id}"));
    let action = known.map_or_else(|| format!("{PRODUCTS}/new"), |(id, _)| format!("{PRODUCTS}/{id}/edit"));
    let fields = typed.fields(lang, &errors, known.is_none());
    let note = say(
        lang,
        "Un nouveau prix vaut pour les commandes à venir. Les paniers déjà remplis le montrent avant de commander.",
        "A new price holds for orders to come. Carts that are filled show it before they are ordered.",
    );
    let mut shell = web::pages::shell(ctx, title);
    shell.crumbs = vec![Crumb { label: say(lang, "Stock", "Stock").into(), href: Some(LEVELS.into()) }];
    shell.has_errors = error.is_some();
    let save = Button::new(say(lang, "Enregistrer le produit", "Record the product")).primary();
    let cancel = Button::link(say(lang, "Revenir", "Go back"), back).quiet();
    shell.page(ui::form_page(&FormPage {
        lang,
        id: "product".into(),
        action,
        csrf: ctx.csrf.clone(),
        title: title.into(),
        errors,
        message: message.unwrap_or_default(),
        hidden: known.map(|(_, version)| ("version".to_owned(), version.to_string())).into_iter().collect(),
        fields: html! { @for field in &fields { (field) } },
        aside: html! { (Card::new(say(lang, "À savoir", "Good to know")).body(html! { p.small.soft { (note) } })) },
        decide: ui::decision_bar(&[save, cancel], &[]),
        ..FormPage::default()
    }))
}

pub(super) async fn blank(ctx: Ctx) -> Answer {
    ctx.permit(WRITE)?;
    Ok(web::pages::html(shown(&ctx, &Typed::default(), None, None)).into_response())
}

pub(super) async fn add(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(WRITE)?;
    let (typed, act) = (Typed::of(&body), Act::of(&ctx));
    let new = typed.described();
    match attempt(&db, || Box::pin(commands::add_product(&db, &act, &new))).await {
        Ok(product) => Ok(see_other(&format!("{PRODUCTS}/{}?did=described", product.id))),
        Err(error) if told_here(&error) => Ok(with_status(&error, shown(&ctx, &typed, None, Some(&error)))),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn edit(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(WRITE)?;
    let product = commands::product(&db, id).await?;
    let typed = Typed::from(ctx.lang, &product);
    Ok(web::pages::html(shown(&ctx, &typed, Some((id, product.version)), None)).into_response())
}

pub(super) async fn save(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(WRITE)?;
    let (typed, act) = (Typed::of(&body), Act::of(&ctx));
    let seen: u64 = body.get("version").parse().unwrap_or(0);
    let asked = typed.described();
    let describe = |product: &mut Product| {
        let Described { name, price_cents, ean13, category, vat, .. } = asked.clone();
        (product.name, product.price_cents, product.ean13) = (name, price_cents, ean13);
        (product.category, product.vat) = (category, vat);
    };
    match attempt(&db, || Box::pin(commands::change_product(&db, &act, (id, seen), describe))).await {
        Ok(_) => Ok(see_other(&format!("{PRODUCTS}/{id}?did=described"))),
        Err(error) if told_here(&error) => {
            Ok(with_status(&error, shown(&ctx, &typed, Some((id, seen)), Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}
