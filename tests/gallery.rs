//! Every screen and every question in every look, to be looked at: one page of pictures for each look.
//!
//! ```sh
//! cargo test gallery -- --ignored    # writes target/gallery/*.html
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use passholder::domain::time::Clock as _;
use passholder::server::SystemClock;

use crate::pictures::{DARK_GROUND, House, LIGHT_GROUND};
use crate::support::person::Screen;
use crate::support::picture::{self, DARK, LIGHT, Palette};
use crate::support::views::{VIEWS, typed};

/// A way to look at it all. What is chosen by hand stays chosen, so it comes last.
struct Look {
    name: &'static str,
    term: &'static str,
    env: &'static [(&'static str, &'static str)],
    /// What the terminal answers when it is asked for its background.
    ground: &'static str,
    palette: &'static Palette,
    /// The theme to choose by hand, if the terminal alone does not lead to it.
    theme: Option<&'static str>,
}

const TRUE: &[(&str, &str)] = &[("COLORTERM", "truecolor")];

const LOOKS: [Look; 8] = [
    Look { name: "dark", term: XTERM, env: TRUE, ground: DARK_GROUND, palette: &DARK, theme: None },
    Look { name: "light", term: XTERM, env: TRUE, ground: LIGHT_GROUND, palette: &LIGHT, theme: None },
    Look { name: "sixteen", term: "xterm", env: &[], ground: "", palette: &DARK, theme: None },
    Look { name: "sixteen-on-light", term: "xterm", env: &[], ground: "", palette: &LIGHT, theme: None },
    Look { name: "mono", term: XTERM, env: &[("NO_COLOR", "1")], ground: "", palette: &DARK, theme: None },
    Look { name: "ascii", term: "vt100", env: &[("LANG", "C")], ground: "", palette: &DARK, theme: None },
    Look {
        name: "contrast",
        term: XTERM,
        env: TRUE,
        ground: DARK_GROUND,
        palette: &DARK,
        theme: Some("igh contrast"),
    },
    Look {
        name: "contrast-on-light",
        term: XTERM,
        env: TRUE,
        ground: LIGHT_GROUND,
        palette: &LIGHT,
        theme: Some("igh contrast"),
    },
];

const F10: &str = "\x1b[21~";

const XTERM: &str = "xterm-256color";

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

impl Look {
    async fn take_all(&self, house: &House, folder: &Path, (columns, rows): (u16, u16)) -> String {
        let mut screen = self.dashboard(house, (columns, rows)).await;
        let mut page = String::new();
        for (name, keys) in VIEWS {
            go(&mut screen, keys, &house.password).await;
            let file = format!("{}-{columns}x{rows}-{name}.svg", self.name);
            let svg = picture::svg(screen.parser.screen(), name, self.palette);
            fs::write(folder.join(&file), svg).unwrap();
            writeln!(page, "<img src=\"{file}\" alt=\"{name}\">").unwrap();
            go_back(&mut screen).await;
        }
        // A connection holds only a few at once.
        screen.channel.close().await.unwrap();
        rest(&mut screen).await;
        page
    }

    async fn dashboard(&self, house: &House, (columns, rows): (u16, u16)) -> Screen {
        let channel = house.admin.connection.channel_open_session().await.unwrap();
        for (name, value) in self.env {
            channel.set_env(false, *name, *value).await.unwrap();
        }
        let mut screen = house.admin.dashboard_on(channel, self.term, columns, rows).await;
        screen.press(self.ground).await;
        rest(&mut screen).await;
        if let Some(theme) = self.theme {
            while !screen.text().contains(theme) {
                screen.press(F10).await;
                rest(&mut screen).await;
            }
        }
        screen
    }
}

async fn go(screen: &mut Screen, keys: &str, password: &str) {
    for key in keys.chars() {
        let now = SystemClock::new().now();
        screen.press(&typed(key, password, &screen.text(), now)).await;
        rest(screen).await;
    }
}

/// Out of questions and details, and nothing stays marked, searched for or typed.
async fn go_back(screen: &mut Screen) {
    for key in ["\x1b", "\x1b", "\x1b", "\x1b"] {
        screen.press(key).await;
        rest(screen).await;
        if ["Throw away", "Have you kept"].iter().any(|question| screen.text().contains(question)) {
            screen.press("\r").await;
            rest(screen).await;
        }
    }
}

/// What a key leads to is there a moment later.
async fn rest(screen: &mut Screen) {
    screen.rest(Duration::from_millis(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes pictures to look at"]
async fn gallery() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/gallery");
    fs::create_dir_all(&folder).unwrap();
    for look in &LOOKS {
        for size in SIZES {
            // Each time a new one: a second factor is set up once.
            let house = House::open().await;
            let pictures = look.take_all(&house, &folder, size).await;
            let page = format!("<!doctype html><title>{}</title>\n{pictures}", look.name);
            fs::write(folder.join(format!("{}-{}x{}.html", look.name, size.0, size.1)), page).unwrap();
            house.close().await;
        }
    }
}
