//! The row of tabs: the screens that one may see, in their order. Where not all have room, those around the one
//! that one is at, and a sign on the side where there are more.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::proxy;

use super::keymap::{Command, tab_key};
use super::screen::Context;
use super::screens::Route;
use super::widgets::text::{cells, put, split};

/// Blank columns between two tabs.
const GAP: usize = 1;

/// Columns of a sign that there are more, with the blank beside it.
const SIGN: usize = 2;

pub fn draw(frame: &mut Frame, area: Rect, cx: &Context, route: Route) {
    let look = &cx.look;
    let screens = proxy::screens(&cx.claims);
    let here = screens.iter().position(|screen| screen.route == route);
    let tabs: Vec<String> =
        screens.iter().enumerate().map(|(index, screen)| tab(tab_key(index), screen.title)).collect();
    let widths: Vec<usize> = tabs.iter().map(|tab| tab.width()).collect();
    let (seen, gap) = seen(&widths, here.unwrap_or(0), area.width.into());
    // Their words stand below those of the title: the blank before them is the tab's own.
    let mut rest = area;
    if seen.start > 0 {
        let (place, behind) = split(area, cells(SIGN));
        put(frame.buffer_mut(), place, "‹", look.key_hint);
        look.clickable(place, Command::Tab(seen.start - 1));
        rest = behind;
    }
    if seen.end < tabs.len() {
        let (before, place) = split(rest, rest.width.saturating_sub(cells(SIGN)));
        let sign =
            Rect { x: place.right().saturating_sub(1).max(place.x), width: place.width.min(1), ..place };
        put(frame.buffer_mut(), sign, "›", look.key_hint);
        look.clickable(place, Command::Tab(seen.end));
        rest = before;
    }
    for (index, tab) in tabs.iter().enumerate().take(seen.end).skip(seen.start) {
        let (place, behind) = split(rest, cells(tab.width()));
        (_, rest) = split(behind, cells(gap));
        look.clickable(place, Command::Tab(index));
        put(frame.buffer_mut(), place, tab, if Some(index) == here { look.tab_active } else { look.tab });
    }
}

/// ` 2 Users `; the eleventh has no key of its own.
fn tab(key: &str, title: &str) -> String {
    if key.is_empty() { format!(" {title} ") } else { format!(" {key} {title} ") }
}

/// Which of the tabs, by their columns, are seen: as many from the first on as have room, as long as the one that
/// one is at and the next are among them; else those further to the right. And the blanks between them, which give
/// way where all of them have room then: each has its own too.
fn seen(widths: &[usize], here: usize, room: usize) -> (Range<usize>, usize) {
    let all = widths.len();
    let whole: usize = widths.iter().sum();
    if whole <= room && whole + all.saturating_sub(1) * GAP > room {
        return (0..all, 0);
    }
    let fits = |seen: &Range<usize>| {
        let tabs: usize = widths.iter().take(seen.end).skip(seen.start).map(|width| width + GAP).sum();
        let signs = SIGN * (usize::from(seen.start > 0) + usize::from(seen.end < all));
        (tabs + signs).saturating_sub(GAP) <= room
    };
    let from_the_left = |end: usize| (0..=here).map(|start| start..end.min(all)).find(fits);
    let mut seen = from_the_left(here + 2).or_else(|| from_the_left(here + 1)).unwrap_or(here..here + 1);
    while seen.end < all && fits(&(seen.start..seen.end + 1)) {
        seen.end += 1;
    }
    (seen, GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Home to Policy and one more, as an administrator has them.
    const WIDTHS: [usize; 11] = [8, 9, 12, 15, 11, 10, 9, 11, 9, 10, 7];

    fn columns(seen: &Range<usize>, gap: usize) -> usize {
        WIDTHS[seen.clone()].iter().sum::<usize>() + (seen.len() - 1) * gap
    }

    /// At 80 columns the tabs from the sixth on were bare digits.
    #[test]
    fn where_one_is_and_what_is_next_have_their_names() {
        let at = |here, room| seen(&WIDTHS, here, room).0;
        assert_eq!(at(0, 80), 0..6);
        assert_eq!(at(4, 80), 0..6);
        assert_eq!(at(5, 80), 1..7);
        assert_eq!(at(10, 80), 4..11);
        assert_eq!(at(3, 40), 3..5);
        assert_eq!((seen(&WIDTHS, 0, 121), seen(&WIDTHS, 0, 120)), ((0..11, 1), (0..11, 0)));
        for (room, here) in (16..130).flat_map(|room| (0..WIDTHS.len()).map(move |here| (room, here))) {
            let (seen, gap) = seen(&WIDTHS, here, room);
            assert!(seen.contains(&here), "{room} {here} {seen:?}");
            assert!(seen.len() == 1 || columns(&seen, gap) <= room, "{room} {here} {seen:?}");
            assert!(room < 40 || here == 10 || seen.contains(&(here + 1)), "{room} {here} {seen:?}");
        }
    }

    #[test]
    fn a_tab_without_a_key_has_its_name_alone() {
        assert_eq!(tab(tab_key(9), "Policy"), " 0 Policy ");
        assert_eq!(tab(tab_key(10), "Audit"), " Audit ");
    }
}
