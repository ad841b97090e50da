//! `config show` and `config schema`.

use super::*;

#[test]
fn every_value_is_shown_with_where_it_comes_from() {
    let place = place(
        "timezone = \"Asia/Kolkata\"\n\n[workspace.acme]\npaper = \"letter\"\ntimestamp_url = \"https://me:marked-word@tsa.example/\"\n",
    );
    let arguments = ["config", "show", "--workspace", "acme", "--out", "/tmp", "--json"];
    let run = place.run(&arguments).key(KEY).env("DIALNEXA_BASE_URL", "https://api.example/v1").done().expect(0);
    assert!(!run.stdout.contains(KEY) && !run.stdout.contains("marked-word"), "{run}");
    let reported: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&reported["file"], &reported["workspaces"][0]["workspace"]),
        (&"dialnexa-audit.toml".into(), &"acme".into())
    );
    let settings = reported["workspaces"][0]["settings"].as_array().unwrap();
    let shown = |name: &str| {
        let found = settings.iter().find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        (found["value"].as_str().unwrap_or("-").to_owned(), found["source"].as_str().unwrap().to_owned())
    };
    let pair = |value: &str, source: &str| (value.to_owned(), source.to_owned());
    assert_eq!(shown("timezone"), pair("Asia/Kolkata", "dialnexa-audit.toml:1"));
    assert_eq!(shown("paper"), pair("letter", "dialnexa-audit.toml:4"));
    assert_eq!(shown("timestamp_url"), pair("https://***@tsa.example/", "dialnexa-audit.toml:5"));
    assert_eq!(shown("out"), pair("/tmp/acme", "argument --out"));
    assert_eq!(shown("base_url"), pair("https://api.example/v1", "environment DIALNEXA_BASE_URL"));
    assert_eq!(shown("concurrency"), pair("4", "default"));
    assert_eq!(shown("api key"), pair("***", "environment DIALNEXA_API_KEY"));
}

#[test]
fn a_programs_arguments_are_not_shown() {
    let place = place("key_command = [\"vault\", \"--token\", \"marked-word\"]\n");
    let run = place.run(&["config", "show"]).done().expect(0);
    assert!(run.stdout.contains("program vault ***") && !run.stdout.contains("marked-word"), "{run}");
}

#[test]
fn the_schema_in_the_samples_is_the_programs_and_the_example_is_one_that_it_accepts() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let place = Place::new();
    let run = place.run(&["config", "schema"]).done().expect(0);
    let schema = fs::read_to_string(format!("{samples}/config.schema.json")).unwrap();
    assert_eq!(schema, run.stdout, "make it again: dialnexa-audit config schema > samples/config.schema.json");

    // The program reads the example, and knows nothing that it leaves out.
    let example = format!("{samples}/dialnexa-audit.toml");
    let run = place.run(&["config", "show", "--config", &example, "--json"]).done().expect(0);
    let text = fs::read_to_string(&example).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for name in schema["properties"].as_object().unwrap().keys() {
        assert!(text.contains(name.as_str()), "the example lacks {name}\n{run}");
    }
}

#[test]
fn another_validator_accepts_the_example_and_refuses_what_the_program_refuses() {
    let Some(tools) = crate::web::tools() else { return };
    let python = tools.join("python/bin/python").display().to_string();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/config.schema.json");
    let script = "import json, sys, tomllib, jsonschema\n\
                  schema = json.load(open(sys.argv[1]))\n\
                  jsonschema.Draft202012Validator.check_schema(schema)\n\
                  try: jsonschema.validate(tomllib.load(open(sys.argv[2], 'rb')), schema)\n\
                  except jsonschema.ValidationError as error: sys.exit(error.message)\n";
    let place = Place::new();
    let judged = |path: &str| place.run_program(&python, &["-c", script, schema, path]).done();
    judged(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/dialnexa-audit.toml")).expect(0);
    for wrong in
        ["time_zone = 'UTC'", "key_env = 'A'\nkey_file = 'b'", "[workspace.acme]\npaper = 'a5'", "accent = 'red'"]
    {
        fs::write(place.work().join("wrong.toml"), wrong).unwrap();
        judged("wrong.toml").expect(1);
        place.run(&["config", "show", "--config", "wrong.toml"]).done().expect(2);
    }
}
