//! What people are called: as a user name is spelled, and as they write it themselves.

/// A part of a name: in plain letters, and as it is written.
pub type Part = (&'static str, &'static str);

/// People whose names go together.
pub struct Tongue {
    pub given: &'static [Part],
    pub family: &'static [Part],
    /// How many of a hundred people.
    pub share: u64,
    /// What stands between the two, where the given name comes first; the family name does otherwise.
    pub given_first: Option<&'static str>,
}

pub const TONGUES: &[Tongue] = &[
    Tongue { given: EUROPEAN_GIVEN, family: EUROPEAN_FAMILY, share: 76, given_first: Some(" ") },
    Tongue { given: JAPANESE_GIVEN, family: JAPANESE_FAMILY, share: 7, given_first: None },
    Tongue { given: CHINESE_GIVEN, family: CHINESE_FAMILY, share: 6, given_first: None },
    Tongue { given: KOREAN_GIVEN, family: KOREAN_FAMILY, share: 4, given_first: None },
    Tongue { given: GREEK_GIVEN, family: GREEK_FAMILY, share: 3, given_first: Some(" ") },
    Tongue { given: CYRILLIC_GIVEN, family: CYRILLIC_FAMILY, share: 4, given_first: Some(" ") },
];

/// Accounts that are not people.
pub const MACHINES: &[Part] = &[
    ("backup", "Nightly backups"),
    ("build-bot", "Build robot 🤖"),
    ("deploy", "Deployments 🚀"),
    ("lab-console", "Lab console"),
    ("monitoring", "Monitoring 📈"),
    ("reception", "Reception desk ☎"),
    ("kiosk.north", "Ｋｉｏｓｋ　ｎｏｒｔｈ"),
    ("inventory", "Inventory scanner"),
];

const EUROPEAN_GIVEN: &[Part] = &[
    ("adam", "Adam"),
    ("agnes", "Ágnes"),
    ("aisling", "Aisling"),
    ("alvaro", "Álvaro"),
    ("amelie", "Amélie"),
    ("anais", "Anaïs"),
    ("anders", "Anders"),
    ("asa", "Åsa"),
    ("astrid", "Astrid"),
    ("benoit", "Benoît"),
    ("bjorn", "Björn"),
    ("chloe", "Chloé"),
    ("clara", "Clara"),
    ("daniel", "Daniel"),
    ("eleonore", "Éléonore"),
    ("elif", "Elif"),
    ("emma", "Emma"),
    ("filip", "Filip"),
    ("francois", "François"),
    ("freya", "Freya"),
    ("goncalo", "Gonçalo"),
    ("hanna", "Hanna"),
    ("ines", "Inês"),
    ("ivo", "Ivo"),
    ("jose", "José"),
    ("judith", "Judith"),
    ("jurgen", "Jürgen"),
    ("kasia", "Kasia"),
    ("lukasz", "Łukasz"),
    ("maeve", "Maeve"),
    ("maja", "Maja"),
    ("mateusz", "Mateusz"),
    ("noemi", "Noémi"),
    ("oyvind", "Øyvind"),
    ("rafael", "Rafael"),
    ("sean", "Seán"),
    ("sofia", "Sofía"),
    ("tereza", "Tereza"),
    ("theo", "Théo"),
    ("zoe", "Zoë"),
];

const EUROPEAN_FAMILY: &[Part] = &[
    ("ahlgren", "Ahlgren"),
    ("andrade", "Andrade"),
    ("babic", "Babić"),
    ("bakker", "Bakker"),
    ("berg", "Berg"),
    ("byrne", "Byrne"),
    ("castaneda", "Castañeda"),
    ("celik", "Çelik"),
    ("correia", "Correia"),
    ("dubois", "Dubois"),
    ("dvorak", "Dvořák"),
    ("eriksen", "Eriksen"),
    ("fernandez", "Fernández"),
    ("ferrari", "Ferrari"),
    ("garcia", "García"),
    ("gross", "Groß"),
    ("hakansson", "Håkansson"),
    ("horvath", "Horváth"),
    ("jensen", "Jensen"),
    ("kowalczyk", "Kowalczyk"),
    ("lefevre", "Lefèvre"),
    ("lindqvist", "Lindqvist"),
    ("martinsson", "Mårtinsson"),
    ("mcallister", "McAllister"),
    ("mueller", "Müller"),
    ("nemeth", "Németh"),
    ("novakova", "Nováková"),
    ("obrien", "O’Brien"),
    ("okafor", "Okafor"),
    ("pereira", "Pereira"),
    ("petrauskas", "Petrauskas"),
    ("rossi", "Rossi"),
    ("saarinen", "Saarinen"),
    ("schroeder", "Schröder"),
    ("soerensen", "Sørensen"),
    ("thorsdottir", "Þórsdóttir"),
    ("vandenberg", "van den Berg"),
    ("weiss", "Weiß"),
    ("yilmaz", "Yılmaz"),
    ("zielinski", "Zieliński"),
];

const JAPANESE_GIVEN: &[Part] = &[
    ("aoi", "葵"),
    ("haruka", "遥"),
    ("haruto", "陽翔"),
    ("hiroshi", "浩"),
    ("kaori", "香織"),
    ("kenji", "健二"),
    ("mei", "芽依"),
    ("naoko", "直子"),
    ("ren", "蓮"),
    ("sakura", "さくら"),
    ("takumi", "匠"),
    ("yuki", "ユキ"),
];

const JAPANESE_FAMILY: &[Part] = &[
    ("fujiwara", "藤原"),
    ("hayashi", "林"),
    ("inoue", "井上"),
    ("ito", "伊藤"),
    ("kobayashi", "小林"),
    ("matsumoto", "松本"),
    ("nakamura", "中村"),
    ("saito", "斎藤"),
    ("sato", "佐藤"),
    ("suzuki", "鈴木"),
    ("tanaka", "田中"),
    ("yamada", "山田"),
];

const CHINESE_GIVEN: &[Part] = &[
    ("fang", "芳"),
    ("haoran", "浩然"),
    ("jing", "静"),
    ("jun", "军"),
    ("li", "丽"),
    ("meiling", "美玲"),
    ("na", "娜"),
    ("wei", "伟"),
    ("xiaoming", "小明"),
    ("yan", "燕"),
    ("yuxuan", "宇轩"),
    ("zihan", "子涵"),
];

const CHINESE_FAMILY: &[Part] = &[
    ("chen", "陈"),
    ("huang", "黄"),
    ("liu", "刘"),
    ("ma", "马"),
    ("ouyang", "欧阳"),
    ("sun", "孙"),
    ("wang", "王"),
    ("wu", "吴"),
    ("xu", "徐"),
    ("yang", "杨"),
    ("zhang", "张"),
    ("zhao", "赵"),
];

const KOREAN_GIVEN: &[Part] = &[
    ("hana", "하나"),
    ("jihoon", "지훈"),
    ("jisoo", "지수"),
    ("minjun", "민준"),
    ("seoyeon", "서연"),
    ("sujin", "수진"),
    ("taeyang", "태양"),
    ("yuna", "유나"),
];

const KOREAN_FAMILY: &[Part] = &[
    ("choi", "최"),
    ("jeong", "정"),
    ("jo", "조"),
    ("kang", "강"),
    ("kim", "김"),
    ("lee", "이"),
    ("park", "박"),
    ("yoon", "윤"),
];

const GREEK_GIVEN: &[Part] = &[
    ("alexandros", "Αλέξανδρος"),
    ("danai", "Δανάη"),
    ("eleni", "Ελένη"),
    ("giorgos", "Γιώργος"),
    ("nikos", "Νίκος"),
    ("sofia", "Σοφία"),
];

const GREEK_FAMILY: &[Part] = &[
    ("ioannou", "Ιωάννου"),
    ("nikolaidis", "Νικολαΐδης"),
    ("oikonomou", "Οικονόμου"),
    ("papadaki", "Παπαδάκη"),
    ("vlachou", "Βλάχου"),
];

const CYRILLIC_GIVEN: &[Part] = &[
    ("andriy", "Андрій"),
    ("boris", "Борис"),
    ("daria", "Дарія"),
    ("elena", "Елена"),
    ("milica", "Милица"),
    ("oksana", "Оксана"),
    ("petar", "Петър"),
];

const CYRILLIC_FAMILY: &[Part] = &[
    ("dimitrov", "Димитров"),
    ("jovanovic", "Јовановић"),
    ("kovalenko", "Коваленко"),
    ("melnyk", "Мельник"),
    ("petrov", "Петров"),
    ("shevchenko", "Шевченко"),
];
