//! Runs the sandbox by itself: `--listen ADDRESS --key KEY [--admin-key KEY] [--fault SPEC]… [--service-time MILLISECONDS]`. See the README.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for people")]

use std::{env, process::ExitCode, time::Duration};

use iris_client::sandbox::{Fault, Sandbox, User};

const USAGE: &str = "usage: sandbox [--listen 127.0.0.1:8000] [--key KEY] [--admin-key KEY] [--fault SPEC]... [--service-time MILLISECONDS]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let mut builder = Sandbox::builder().bind("127.0.0.1:8000");
    let mut user = User::new("svc_wazuh_iris");
    let mut faults: Vec<Fault> = Vec::new();
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--listen" => builder = builder.bind(&value()?),
            "--key" => user = user.key(&value()?),
            "--admin-key" => builder = builder.admin_key(&value()?),
            "--fault" => faults.push(value()?.parse()?),
            "--service-time" => {
                let ms = value()?
                    .parse()
                    .map_err(|_| "--service-time is a number of milliseconds")?;
                builder = builder.service_time(Duration::from_millis(ms));
            }
            other => return Err(format!("{other} is not known")),
        }
    }
    let iris = builder
        .user(user)
        .start_blocking()
        .map_err(|error| format!("cannot listen: {error}"))?;
    for fault in faults {
        iris.fault(fault);
    }
    println!("listening on {}", iris.url());
    println!("key {}", iris.token());
    loop {
        std::thread::park();
    }
}
