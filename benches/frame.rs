//! From a key to the bytes of its frame, on a full Users page.
//!
//! `cargo bench --bench frame`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "checked as a test")]
mod support;

use std::time::Duration;

use divan::Bencher;
use divan::counter::BytesCount;
use passholder::tui::Size;
use passholder::tui::app::App;
use passholder::tui::canvas::Canvas;
use passholder::tui::input::Decoder;
use passholder::tui::terminal::Profile;
use tokio::runtime::Runtime;

use support::house::House;

const SIZES: &[(u16, u16)] = &[(80, 24), (120, 40), (200, 50)];

fn users_page(runtime: &Runtime) -> App {
    runtime.block_on(async {
        let house = House::build().await;
        house.dal.seed(1_000).await.unwrap();
        let mut app = App::new(house.admin().await);
        type_in(&mut app, b"2");
        while tokio::time::timeout(Duration::from_millis(300), app.loaded()).await.is_ok() {}
        app
    })
}

fn type_in(app: &mut App, keys: &[u8]) {
    let mut typed = Vec::new();
    Decoder::new().feed(keys, &mut typed);
    for input in typed {
        app.take(&input);
    }
}

/// The selection moves by one row.
#[divan::bench(args = SIZES)]
fn key_to_frame(bencher: Bencher, (columns, rows): (u16, u16)) {
    let runtime = Runtime::new().unwrap();
    let _inside = runtime.enter();
    let mut app = users_page(&runtime);
    let mut canvas = Canvas::new(Size { columns, rows }, &Profile::default());
    canvas.draw(|frame| app.draw(frame)).unwrap();
    let mut is_down = false;
    let mut draw = || {
        is_down = !is_down;
        type_in(&mut app, if is_down { b"j" } else { b"k" });
        canvas.draw(|frame| app.draw(frame)).unwrap()
    };
    let bytes = draw().len();
    bencher.counter(BytesCount::new(bytes)).bench_local(draw);
}

/// Everything is painted anew.
#[divan::bench(args = SIZES)]
fn first_paint(bencher: Bencher, (columns, rows): (u16, u16)) {
    let runtime = Runtime::new().unwrap();
    let _inside = runtime.enter();
    let mut app = users_page(&runtime);
    let mut canvas = Canvas::new(Size { columns, rows }, &Profile::default());
    let bytes = canvas.draw(|frame| app.draw(frame)).unwrap().len();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        canvas.repaint();
        canvas.draw(|frame| app.draw(frame))
    });
}

fn main() {
    divan::main();
}
