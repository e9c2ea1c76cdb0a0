//! One running child: its pipes, its first line, and its end.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::veil::Veil;
use super::wire::{Hello, LONGEST_ANSWER, LONGEST_HELLO, Reply, Request, Said, VERSION};

/// Longest piece of a line on standard error that is looked at, in bytes.
const LONGEST_REMARK: usize = 4 << 10;
/// Longest line that goes into the log, in characters.
const LONGEST_LOG_LINE: usize = 300;
/// How long what a child wrote before its end may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Most lines of standard error that are logged between two questions.
const MOST_REMARKS: usize = 50;

/// Why a child is of no more use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ended, or closed its pipes.
    Ended,
    /// It wrote something that is not the protocol's.
    Garbled,
    /// It speaks another version.
    Stranger,
    /// Its line has no end.
    Endless,
}

/// A child that is killed, with all that it started, when this value is dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    ear: Arc<Ear>,
    server: Option<String>,
    end: End,
    /// Its listener ends with it, although what it started may hold standard error open.
    _heard: oneshot::Sender<()>,
    listener: JoinHandle<()>,
}

impl Child {
    /// Starts it, in a process group of its own.
    pub(super) fn spawn(mut command: Command, veil: Veil) -> std::io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0);
        let mut process = command.spawn()?;
        let (Some(input), Some(output), Some(errors)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err(std::io::Error::other("the child has no pipes"));
        };
        let ear = Arc::new(Ear::new(veil));
        let (heard, gone) = oneshot::channel();
        let listening = listen(BufReader::new(errors), Arc::clone(&ear), process.id());
        let listener = tokio::spawn(async move {
            tokio::pin!(listening);
            tokio::select! {
                () = &mut listening => {}
                _ = gone => { let _ = timeout(LAST_WORDS, listening).await; }
            }
        });
        Ok(Self {
            end: End(process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))),
            process,
            input,
            output: BufReader::new(output),
            ear,
            server: None,
            _heard: heard,
            listener,
        })
    }

    /// Waits for its first line.
    pub(super) async fn greet(&mut self) -> Result<(), Broken> {
        let line = self.end.or(read_line(&mut self.output, LONGEST_HELLO)).await?;
        let hello = Hello::read(&line).ok_or(Broken::Garbled)?;
        if !hello.speaks(VERSION) {
            return Err(Broken::Stranger);
        }
        self.server = hello.server();
        Ok(())
    }

    /// Asks one question. When this future is dropped before it is done, the child must be dropped too.
    pub(super) async fn ask(&mut self, request: &Request<'_>, line: &[u8], veil: Veil) -> Result<Said, Broken> {
        self.ear.attend(veil);
        self.input.write_all(line).await.map_err(|_| Broken::Ended)?;
        self.input.flush().await.map_err(|_| Broken::Ended)?;
        let line = self.end.or(read_line(&mut self.output, LONGEST_ANSWER)).await?;
        Reply::read(&line, request.id).ok_or(Broken::Garbled)
    }

    /// Its name and version, when it said them.
    pub(super) fn server(&self) -> Option<String> {
        self.server.clone()
    }

    /// Says whether it still runs.
    pub(super) fn is_alive(&self) -> bool {
        !self.end.is_reached()
    }

    /// Ends it, and waits until what it wrote to standard error is in the log.
    pub(super) async fn last_words(mut self) {
        self.kill();
        let _ = timeout(LAST_WORDS, &mut self.listener).await;
    }

    fn kill(&self) {
        if let Some(group) = self.id() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    fn id(&self) -> Option<Pid> {
        let id = i32::try_from(self.process.id()?).ok()?;
        Pid::from_raw(id)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Tells when a child has ended. Its pipes do not: whatever it started may hold them open.
#[derive(Debug, Clone, Copy)]
struct End(Option<Pid>);

impl End {
    /// Waits for a line, but not for a child that is gone.
    async fn or(self, line: impl Future<Output = Result<Vec<u8>, Broken>>) -> Result<Vec<u8>, Broken> {
        tokio::pin!(line);
        tokio::select! {
            biased;
            read = &mut line => read,
            () = self.reached() => timeout(LAST_WORDS, line).await.unwrap_or(Err(Broken::Ended)),
        }
    }

    async fn reached(self) {
        // Before the first look, so that no end falls between the two.
        let Ok(mut ends) = signal(SignalKind::child()) else {
            return std::future::pending().await;
        };
        while !self.is_reached() {
            if ends.recv().await.is_none() {
                return std::future::pending().await;
            }
        }
    }

    fn is_reached(self) -> bool {
        // NOWAIT: while nobody has waited for it, its id is nobody else's, and its group can be killed.
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.0
            .is_none_or(|id| !matches!(waitid(WaitId::Pid(id), look), Ok(None)))
    }
}

async fn read_line(from: &mut (impl AsyncBufRead + Unpin), most: usize) -> Result<Vec<u8>, Broken> {
    let mut line = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    let read = from.take(limit).read_until(b'\n', &mut line).await;
    match (read, line.pop()) {
        (Ok(_), Some(b'\n')) => Ok(line),
        (Ok(read), Some(_)) if read == most => Err(Broken::Endless),
        // What comes after the last line end is half a line: it may be cut anywhere.
        _ => Err(Broken::Ended),
    }
}

/// What is needed to log a child's standard error without the alert's words.
#[derive(Debug)]
struct Ear {
    /// Of this question and of the one before: a line may come late.
    veils: Mutex<[Veil; 2]>,
    heard: AtomicUsize,
}

impl Ear {
    fn new(veil: Veil) -> Self {
        Self {
            veils: Mutex::new([veil.clone(), veil]),
            heard: AtomicUsize::new(0),
        }
    }

    fn attend(&self, veil: Veil) {
        let mut veils = self.veils.lock().unwrap_or_else(PoisonError::into_inner);
        veils.swap(0, 1);
        veils[0] = veil;
        self.heard.store(0, Ordering::Relaxed);
    }

    fn hear(&self, line: &[u8], id: Option<u32>) {
        let heard = self.heard.fetch_add(1, Ordering::Relaxed);
        if heard >= MOST_REMARKS {
            if heard == MOST_REMARKS {
                tracing::info!(
                    child.id = id,
                    "the command says more; it is left out until its next question"
                );
            }
            return;
        }
        let text = String::from_utf8_lossy(line);
        let veils = self.veils.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = veils[0].over(&text, LONGEST_REMARK);
        let text = veils[1].over(&text, LONGEST_LOG_LINE);
        if !text.is_empty() {
            tracing::info!(child.id = id, "the command says: {text}");
        }
    }
}

/// Reads standard error to its end, so that the child never waits for a reader.
async fn listen(mut from: impl AsyncBufRead + Unpin, ear: Arc<Ear>, id: Option<u32>) {
    let mut line = Vec::new();
    loop {
        let chunk = match from.fill_buf().await {
            Ok(chunk) if !chunk.is_empty() => chunk,
            _ => break,
        };
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let room = LONGEST_REMARK.saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(chunk.len(), |end| end + 1);
        from.consume(used);
        if end.is_some() {
            ear.hear(&line, id);
            line.clear();
        }
    }
    if !line.is_empty() {
        ear.hear(&line, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_counts_only_with_its_end_and_within_its_limit() {
        let read = async |text: &'static str, most| read_line(&mut text.as_bytes(), most).await;
        assert_eq!(read("one\ntwo\n", 4).await, Ok(b"one".to_vec()));
        assert_eq!(read("four\n", 4).await, Err(Broken::Endless));
        assert_eq!(read("on", 4).await, Err(Broken::Ended));
        assert_eq!(read("", 4).await, Err(Broken::Ended));
    }

    #[tokio::test]
    async fn nobody_listens_to_a_child_that_is_gone_although_its_standard_error_stays_open() {
        let mut command = Command::new("sh");
        let apart = "echo '{\"v\":[1]}'; exec sleep 20";
        command.args(["-c", "setsid sh -c \"$1\" & exec cat", "sh", apart]);
        let mut child = Child::spawn(command, Veil::default()).unwrap();
        child.greet().await.unwrap();
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks(), 1);
        drop(child);
        let none = async {
            while tasks() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LAST_WORDS * 10, none).await.unwrap();
    }
}
