//! Two numbers over the same hours, side by side.

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use super::{
    number::{scale, thousands},
    spark::HEIGHTS,
    text::{cells, columns, put, put_right, row, split},
};
use crate::tui::look::Look;

/// What is counted, once for each hour.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    pub name: &'a str,
    pub counts: &'a [u64],
}

/// Columns that stand: the first series solid, the second hatched, so that no colour is needed.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    pub first: Series<'a>,
    pub second: Series<'a>,
    /// What each pair of counts is about: `14:00`. Written below the axis as far as they fit.
    pub labels: &'a [String],
}

/// The glyph of the second series, for whole rows: there are no eighths of it.
const HATCHED: &str = "▒";
/// Something, but hardly.
const FAINT: &str = "░";
/// Rows that say what is what: names above; axis and labels below.
const NAMES: u16 = 1;
const FOOT: u16 = 2;
/// Rows of columns without which there is nothing to see.
const MIN_ROWS: u16 = 2;

impl Columns<'_> {
    /// Draws the names with their sums, the columns, the axis, and labels below it.
    ///
    /// Hours that do not fit are added up two by two, or more. Without room for columns only the
    /// names with their sums remain.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let buffer = frame.buffer_mut();
        self.draw_names(buffer, row(area, 0), look);
        let height = area.height.saturating_sub(NAMES + FOOT);
        let plot = Rect { y: area.y.saturating_add(NAMES), height, ..area };
        let (axis, plot) = split(plot, self.scale_width());
        let Some(grid) = Grid::new(plot.width, self.hours()).filter(|_| height >= MIN_ROWS) else {
            return;
        };
        let (first, second) = (grid.sums(self.first.counts), grid.sums(self.second.counts));
        let max = first.iter().chain(&second).copied().max().unwrap_or(0);
        // The axis ends where the hours do.
        let hours = Rect { width: grid.step.saturating_mul(cells(grid.groups)), ..plot };
        draw_axis(buffer, axis, hours, max, look);
        for (index, (&first, &second)) in first.iter().zip(&second).enumerate() {
            let (place, next) = grid.pair(plot, index);
            draw_solid(buffer, place, first, max, look.chart);
            draw_hatched(buffer, next, second, max, look.chart_alt);
        }
        let labels = Rect { y: plot.bottom().saturating_add(1), height: 1, ..plot };
        self.draw_labels(buffer, labels, &grid, look);
    }

    fn hours(&self) -> usize {
        self.first.counts.len().max(self.second.counts.len())
    }

    /// Columns of the numbers at the axis, and the axis itself. Sums may be larger than any count.
    fn scale_width(&self) -> u16 {
        let sum =
            |series: &Series<'_>| series.counts.iter().fold(0_u64, |sum, &count| sum.saturating_add(count));
        cells(columns(&thousands(sum(&self.first).max(sum(&self.second))))).saturating_add(1)
    }

    fn draw_names(&self, buffer: &mut Buffer, area: Rect, look: &Look) {
        let mut rest = area;
        for (series, glyph, style) in
            [(&self.first, "█", look.chart), (&self.second, HATCHED, look.chart_alt)]
        {
            let sum = series.counts.iter().fold(0_u64, |sum, &count| sum.saturating_add(count));
            let used = put(buffer, rest, glyph, style);
            (_, rest) = split(rest, used.saturating_add(1));
            let used = put(buffer, rest, &format!("{} {}", series.name, thousands(sum)), look.value);
            (_, rest) = split(rest, used.saturating_add(3));
        }
    }

    /// As many labels as have a blank behind them.
    fn draw_labels(&self, buffer: &mut Buffer, area: Rect, grid: &Grid, look: &Look) {
        let mut free = area.x;
        for (index, label) in self.labels.iter().step_by(grid.merged).enumerate().take(grid.groups) {
            let (place, _) = grid.pair(area, index);
            let room = area.right().saturating_sub(place.x);
            if place.x >= free && columns(label) <= room.into() {
                let used = put(buffer, Rect { width: room, ..place }, label, look.muted);
                free = place.x.saturating_add(used).saturating_add(1);
            }
        }
    }
}

/// How hours are laid into columns of the screen.
struct Grid {
    /// Hours that are added up into one pair of columns.
    merged: usize,
    groups: usize,
    /// Columns of the screen from one pair to the next.
    step: u16,
    /// Columns of the screen that one column of the chart is wide.
    thick: u16,
}

impl Grid {
    /// `None` if there is nothing to draw or no room for a single pair.
    fn new(width: u16, hours: usize) -> Option<Self> {
        let pairs = usize::from(width / 2);
        if hours == 0 || pairs == 0 {
            return None;
        }
        let merged = hours.div_ceil(pairs);
        let groups = hours.div_ceil(merged);
        let step = width.checked_div(cells(groups))?;
        // A blank between two pairs as soon as there is room for one.
        let thick = if step >= 3 { (step - 1) / 2 } else { 1 };
        Some(Self { merged, groups, step, thick })
    }

    fn sums(&self, counts: &[u64]) -> Vec<u64> {
        let sum = |hours: &[u64]| hours.iter().fold(0_u64, |sum, &count| sum.saturating_add(count));
        let mut sums: Vec<u64> = counts.chunks(self.merged).map(sum).collect();
        sums.resize(self.groups, 0);
        sums
    }

    /// Where the two columns of a group stand.
    fn pair(&self, plot: Rect, index: usize) -> (Rect, Rect) {
        let (_, rest) = split(plot, self.step.saturating_mul(cells(index)));
        let (first, rest) = split(rest, self.thick);
        (first, split(rest, self.thick).0)
    }
}

fn draw_axis(buffer: &mut Buffer, axis: Rect, plot: Rect, max: u64, look: &Look) {
    let numbers = Rect { width: axis.width.saturating_sub(1), ..axis };
    let most = thousands(max);
    put_right(buffer, row(numbers, 0), &most, look.muted);
    let line = Rect { x: numbers.right(), width: 1, ..axis };
    for index in 0..axis.height {
        put(buffer, row(line, index), "│", look.border);
    }
    let corner = Rect { y: axis.bottom(), height: 1, width: 1, ..line };
    put(buffer, corner, "└", look.border);
    let below = Rect { y: plot.bottom(), height: 1, ..plot };
    put(buffer, below, &"─".repeat(below.width.into()), look.border);
}

/// A column with its top to the eighth of a row.
fn draw_solid(buffer: &mut Buffer, place: Rect, count: u64, max: u64, style: Style) {
    let mut eighths = scale(count, max, usize::from(place.height) * HEIGHTS.len());
    for index in (0..place.height).rev() {
        let Some(glyph) = eighths.min(HEIGHTS.len()).checked_sub(1).and_then(|height| HEIGHTS.get(height))
        else {
            return;
        };
        put(buffer, row(place, index), &glyph.repeat(place.width.into()), style);
        eighths = eighths.saturating_sub(HEIGHTS.len());
    }
}

/// A column of whole rows, to the nearest; what is less than half a row is faint.
fn draw_hatched(buffer: &mut Buffer, place: Rect, count: u64, max: u64, style: Style) {
    let eighths = scale(count, max, usize::from(place.height) * HEIGHTS.len());
    let rows = cells((eighths + HEIGHTS.len() / 2) / HEIGHTS.len());
    let (rows, glyph) = if rows == 0 { (u16::from(eighths > 0), FAINT) } else { (rows, HATCHED) };
    for index in (0..place.height).rev().take(rows.into()) {
        put(buffer, row(place, index), &glyph.repeat(place.width.into()), style);
    }
}
