//! Charts, states and progress as people read them, without colours.

use std::time::Duration;

use ratatui::layout::Position;

use super::{
    bars::{Bars, Counted},
    chart::{Columns, Series},
    chooser::Chooser,
    foot,
    gauge::Gauge,
    progress::{Progress, Stage},
    spark::Spark,
    state::State,
    table::{Column, Table},
    tests::{lines, look},
};
use crate::{
    dal::DalError,
    domain::role::{Permission, RoleName},
    tui::keymap::{self, Command},
};

fn chart(width: u16, height: u16) -> Vec<String> {
    let labels: Vec<String> = (0..6).map(|hour| format!("{:02}:00", 4 * hour)).collect();
    let chart = Columns {
        first: Series { name: "sign-ins", counts: &[0, 8, 40, 80, 61, 1_200] },
        second: Series { name: "failures", counts: &[900, 0, 3, 0, 400] },
        labels: &labels,
    };
    lines(width, height, |frame| chart.draw(frame, frame.area(), &look()))
}

#[test]
fn two_series_are_told_apart_by_their_glyphs() {
    assert_eq!(
        chart(44, 8),
        [
            "█ sign-ins 1\u{a0}389   ▒ failures 1\u{a0}303",
            "1\u{a0}200│                              ██",
            "     │  ▒▒                          ██",
            "     │  ▒▒                          ██",
            "     │  ▒▒                      ▒▒  ██",
            "     │  ▒▒  ▁▁    ▁▁░░  ▂▂    ▂▂▒▒  ██",
            "     └────────────────────────────────────",
            "      00:00 04:00 08:00 12:00 16:00 20:00",
        ]
    );
}

#[test]
fn hours_without_room_are_added_up_and_at_last_only_the_sums_remain() {
    assert_eq!(
        chart(13, 6),
        ["█ sign-ins 1…", "1\u{a0}261│    █", "     │ ▒  █", "     │▁▒▂░█▒", "     └──────", "      00:00"]
    );
    assert_eq!(chart(40, 4), ["█ sign-ins 1\u{a0}389   ▒ failures 1\u{a0}303", "", "", ""]);
}

#[test]
fn a_spark_has_its_words_beside_it_or_below() {
    let spark = Spark { values: &[1, 2, 4, 8, 7] };
    let drawn = |width, height| lines(width, height, |frame| spark.draw(frame, frame.area(), &look()));
    assert_eq!(drawn(40, 1), ["▁▂▄█▇                now 7  min 1  max 8"]);
    assert_eq!(drawn(24, 2), ["▁▂▄█▇", "now 7  min 1  max 8"]);
    assert_eq!(drawn(24, 1), ["now 7  min 1  max 8"]);
}

#[test]
fn bars_have_their_labels_and_numbers() {
    let counted = [("192.0.2.7", 1_200), ("漢字", 150), ("::1", 0)]
        .map(|(label, count)| Counted { label: label.to_owned(), count });
    let bars = Bars { counted: &counted };
    let drawn = |width| lines(width, 3, |frame| bars.draw(frame, frame.area(), &look()));
    assert_eq!(
        drawn(26),
        ["192.0.2.7  ████████  1\u{a0}200", "漢字       █           150", "::1                      0"]
    );
    assert_eq!(drawn(12), ["192.…  1\u{a0}200", "漢字     150", "::1        0"]);
}

#[test]
fn a_gauge_keeps_its_words_to_the_last() {
    let gauge = Gauge { label: "Sessions", used: 15, limit: 20 };
    let drawn = |width| lines(width, 1, |frame| gauge.draw(frame, frame.area(), &look())).remove(0);
    assert_eq!(drawn(30), "Sessions  ▇▇▇▇▇▇▇▁▁▁  15 of 20");
    assert_eq!(drawn(18), "Sessions  15 of 20");
    assert_eq!(drawn(12), "S…  15 of 20");
    assert_eq!(drawn(8), "15 of 20");
}

fn work(stage: Stage) -> Progress {
    Progress {
        title: "ends sessions".to_owned(),
        done: 340,
        total: 1_000,
        rate: 52,
        left: Some(Duration::from_secs(13)),
        state: stage,
    }
}

#[test]
fn progress_is_a_line_or_a_box() {
    let line =
        |width, stage| lines(width, 1, |frame| work(stage).draw_line(frame, frame.area(), &look())).remove(0);
    let full = "ends sessions  ▇▇▁▁▁▁  340 of 1\u{a0}000  52/s  13 s left  F8 stop";
    assert_eq!(line(80, Stage::Running), full);
    assert_eq!(line(44, Stage::Running), "ends sessions  ▇▇▁▁▁▁  340 of 1\u{a0}000  52/s");
    assert_eq!(line(30, Stage::Running), "ends se…  ▇▇▁▁▁▁  340 of 1\u{a0}000");
    assert_eq!(line(80, Stage::Cancelled), "ends sessions  ▇▇▁▁▁▁  340 of 1\u{a0}000  cancelled");
    let drawn = lines(46, 6, |frame| work(Stage::Running).draw(frame, frame.area(), &look()));
    assert_eq!(
        drawn,
        [
            " ┌─ ends sessions ──────────────────────────┐",
            " │ ▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ │",
            " │ 340 of 1\u{a0}000  52/s  13 s left            │",
            " │                                          │",
            " │ F8 stop   Esc leave it running           │",
            " └──────────────────────────────────────────┘",
        ]
    );
}

#[test]
fn a_state_says_what_is_and_what_one_may_do() {
    let look = look();
    let drawn = |state: State<'_>| {
        look.begin();
        lines(38, 4, |frame| state.draw(frame, frame.area(), &look))
    };
    let hit = || look.hit(Position::new(3, 2)).or_else(|| look.hit(Position::new(3, 1)));
    assert_eq!(drawn(State::Loading)[..2], ["  Loading…", ""]);
    let empty = State::Empty { words: "Nobody is like this.", hints: &[("Esc", "show all")] };
    assert_eq!(drawn(empty)[..2], ["  Nobody is like this.", "  Esc show all"]);
    assert_eq!(hit(), keymap::named("Esc").map(Command::Press));
    let failed = drawn(State::of(&DalError::Unavailable));
    assert_eq!(
        failed[..3],
        ["× This cannot be done right now; try", "  again in a moment.", "  F5 read again"]
    );
    assert_eq!(hit(), keymap::named("F5").map(Command::Press));
    let denied = drawn(State::of(&DalError::Forbidden {
        needs: Permission::ReadUsers,
        held_by: vec![RoleName::admin()],
    }));
    assert_eq!(denied[..2], ["! You may not see this: it needs", "  read-users, which admin gives."]);
    assert_eq!(denied[2], "  Esc back");
}

#[test]
fn a_foot_keeps_the_place_and_turns_pages_when_clicked() {
    let look = look();
    let words = ["3 marked".to_owned(), "page 2".to_owned()];
    let hints = [("←", "page before"), ("→", "next page")];
    let drawn = |width| {
        look.begin();
        let place = "51–100 of 1\u{a0}234";
        lines(width, 1, |frame| foot::draw(frame, frame.area(), &words, &hints, place, &look)).remove(0)
    };
    assert_eq!(drawn(40), "3 marked   page 2   ←    51–100 of 1\u{a0}234");
    assert_eq!(drawn(70), "3 marked   page 2   ← page before   → next page        51–100 of 1\u{a0}234");
    assert_eq!(look.hit(Position::new(24, 0)), keymap::named("←").map(Command::Press));
    assert_eq!(look.hit(Position::new(40, 0)), keymap::named("→").map(Command::Press));
    assert_eq!(look.hit(Position::new(60, 0)), None);
}

#[test]
fn columns_are_chosen_in_a_box() {
    const COLUMNS: &[Column] = &[Column::new("Name", 8), Column::new("Roles", 8), Column::new("State", 8)];
    let look = look();
    let mut table = Table::new(COLUMNS, "None.");
    let mut chooser = Chooser::default();
    chooser.follow(&Command::Select(1), &mut table);
    let drawn = lines(34, 8, |frame| chooser.draw(frame, frame.area(), &table, &look));
    assert_eq!(
        drawn,
        [
            "┌─ Columns ─────────────────────┐",
            "│   ✓ Name                      │",
            "│ ›   Roles                     │",
            "│   ✓ State                     │",
            "│                               │",
            "│ Enter show or hide   Esc back │",
            "└───────────────────────────────┘",
            "",
        ]
    );
    assert_eq!(look.hit(Position::new(5, 2)), Some(Command::Select(1)));
}
