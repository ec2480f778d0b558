use std::time::Instant;
use store::embedded::Options;
#[tokio::main]
async fn main() {
    let d = std::env::args().nth(1).unwrap();
    for _ in 0..4 {
        let t = Instant::now();
        let p = Options::new(&d).start().await.unwrap();
        let up = t.elapsed();
        let t2 = Instant::now();
        let s = store::Store::connect(&p.url(), 8).await.unwrap();
        let c = t2.elapsed();
        let t2 = Instant::now();
        s.migrate().await.unwrap();
        let m = t2.elapsed();
        s.close();
        let t = Instant::now();
        p.stop().await;
        println!(
            "up {up:?} connect {c:?} migrate {m:?} stop {:?}",
            t.elapsed()
        );
    }
    if std::env::args().nth(2).is_some() {
        let p = Options::new(&d).start().await.unwrap();
        println!("{}", p.url());
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
}
