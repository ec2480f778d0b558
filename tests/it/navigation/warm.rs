//! The navigator is ready before anyone asks for it, and no start waits for that.

use tests::App;
use tests::wait::{LONG, wait_for};

/// The compiled modules that a host keeps.
fn compiled(app: &App) -> usize {
    let folder = app.data().join("compiled");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[tokio::test]
async fn it_is_compiled_right_after_the_start_where_the_operator_wants_it() {
    let cold = App::build().alone().start().await;
    let usual = compiled(&cold);
    cold.finish().await;
    let warm = App::build().alone().set("CLOISTER_WARM_UP", "on");
    let warm = warm.start().await;
    wait_for(LONG, "one module more", async || {
        (compiled(&warm) > usual).then_some(())
    })
    .await;
    warm.finish().await;
}
