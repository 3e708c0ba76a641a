//! What speaks of a person is sealed before it is hashed, and goes with the person's key.

use crate::island::{batch, event, schema};
use crate::log::chain_holds;
use db::{Expected, Personal};
use kernel::{Actor, Cause};
use serde_json::json;
use testkit::{Island, on_both_engines};

const CANARY: &str = "canary-4711";

on_both_engines! {
    async fn a_person_can_be_erased_and_the_chain_still_holds(kind) {
        let island = Island::new(kind, schema()).await;
        let (lea, marc) = (testkit::id(), testkit::id());
        let mut new = event("person", Expected::Any);
        new.data = json!({ "name": CANARY, "boss": { "name": "Marc" }, "list": [{ "of": "Léa" }], "plain": 7 });
        new.personal = [("/name", lea), ("/boss/name", marc), ("/list/0/of", lea), ("/absent", lea)]
            .map(|(pointer, subject)| Personal { pointer: pointer.into(), subject }).to_vec();
        let mut write = batch();
        write.event(new.clone());
        island.db.write(write).await.unwrap();
        let stored = island.db.log_after(0, 10).await.unwrap().remove(0);
        assert!(!stored.data.contains(CANARY) && !stored.data.contains("Marc") && stored.data.contains("\"plain\":7"));
        assert_eq!(island.db.data(&stored).await.unwrap(), new.data);
        island.db.close().await;
        assert_eq!(island.db.data(&stored).await.unwrap(), new.data, "the keys are kept");

        let cause = Cause::new(&Actor::system("test"), testkit::id());
        island.db.erase_subject(lea, testkit::now(), cause).await.unwrap();
        let data = island.db.data(&stored).await.unwrap();
        assert_eq!(data["name"], json!({ "$erased": true }));
        assert_eq!((data["list"][0]["of"].clone(), &data["boss"]["name"]), (json!({ "$erased": true }), &json!("Marc")));
        chain_holds(&island.db).await;
        let mut late = batch();
        new.id = testkit::id();
        late.event(new);
        assert!(island.db.write(late).await.is_err(), "an erased person takes no new data");
    }
}
