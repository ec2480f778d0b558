use diesel::sql_types::{BigInt, Text};
use diesel::QueryableByName;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use store::ids::*;
use store::inbox::{self, Receive};
use crate::given::Home;
use std::time::Instant;

#[derive(QueryableByName, Debug)]
struct P {
    #[diesel(sql_type = Text)]
    s: String,
    #[diesel(sql_type = BigInt)]
    g: i64,
    #[diesel(sql_type = BigInt)]
    c: i64,
}

#[tokio::test]
async fn scratch() {
    for (mode, size) in [("auto", 32), ("force_custom_plan", 32), ("auto", 8)] {
        let home = Home::new().await;
        let agent = home.agent("echo").await.id;
        let channel = home.channel("webhook", Some(agent)).await.id;
        home.store().connection().await.unwrap().batch_execute(&format!("SET plan_cache_mode = {mode}")).await.unwrap();
        let host = HostId::new();
        let go = async |n: usize| {
            let t = Instant::now();
            for i in 0..n {
                let batch: Vec<_> = (0..size).map(|k| { let chat = format!("chat{}", (i*size+k) % 500); Receive {
                    organization_id: home.organization, channel_id: channel, platform_event_id: Some(MessageId::new().to_string()),
                    message_id: MessageId::new(), turn_id: TurnId::new(), platform_user_id: chat.clone(), display_name: None,
                    contact_id: ContactId::new(), platform_chat_id: chat.clone(), conversation_id: ConversationId::new(), is_group: false, title: None,
                    text: "hello".into(), content: None }}).collect();
                inbox::receive(home.store(), Some(host), &batch).await.unwrap();
            }
            t.elapsed() / n as u32
        };
        go(50).await;
        let a = go(300).await;
        home.store().connection().await.unwrap().batch_execute("ANALYZE").await.unwrap();
        let b = go(300).await;
        let mut c = home.store().connection().await.unwrap();
        let ps: Vec<P> = diesel::sql_query("SELECT left(statement, 40) AS s, generic_plans AS g, custom_plans AS c FROM pg_prepared_statements WHERE statement LIKE '%fresh%'").load(&mut c).await.unwrap();
        c.batch_execute("LOAD 'auto_explain'; SET auto_explain.log_min_duration=0; SET auto_explain.log_analyze=on; SET auto_explain.log_level=notice; SET client_min_messages=notice; SET auto_explain.log_buffers=off").await.unwrap();
        println!("{mode} {size}: {a:?} {b:?} {ps:?}");
    }
}
