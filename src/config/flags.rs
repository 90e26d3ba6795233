//! The flags of the commands that read a configuration.

use std::path::PathBuf;

use super::Knob;

/// What the command line says; the same for every command. Values are judged together with those
/// of the other sources, so that all complaints sound alike.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    #[arg(long, value_name = "ADDRESS", help = help("listen"))]
    pub listen: Option<String>,
    #[arg(long, value_name = "DIR", help = help("data"))]
    pub data: Option<String>,
    #[arg(
        long,
        value_name = "FILE",
        help = "Read this file, which must exist; assets/passholder.toml shows every key. \
                [default: none] [env: PASSHOLDER_CONFIG]"
    )]
    pub config: Option<PathBuf>,
    #[arg(long, value_name = "LEVEL", help = help("log"))]
    pub log: Option<String>,
    #[arg(long, value_name = "FORMAT", help = help("log_format"))]
    pub log_format: Option<String>,
    #[arg(long, value_name = "FILE", help = help("admin_password_file"))]
    pub admin_password_file: Option<String>,
}

impl Flags {
    /// The flags that were given: the key of each, and its value.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("listen", &self.listen),
            ("data", &self.data),
            ("log", &self.log),
            ("log_format", &self.log_format),
            ("admin_password_file", &self.admin_password_file),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.as_deref()?)))
    }
}

/// What the table says about a knob, in one paragraph.
fn help(key: &str) -> String {
    Knob::find(key).map_or_else(String::new, |knob| {
        let default = if knob.default.is_empty() { "none" } else { knob.default };
        format!("{} [default: {default}] [env: {}]", knob.about, knob.env())
    })
}
