//! The spool as a source: what hooks, the webhook receiver and replays have stored.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use super::kept::Kept;
use super::stuck::Stuck;
use super::{Batch, Incoming, KnownBy, Source};
use crate::forwarder::spool::{Entry, Reader, Spool, Taken};

/// Entries of one batch: enough to share one sync, few enough to keep an alert's way short.
const BATCH: usize = 100;
/// Bytes after which a batch is full: an alert may have 16 MiB, and taking it in needs several times as much.
const MOST_BYTES: usize = 512 << 10;
/// How often the inbox is looked through even if nothing was announced.
const SCAN: Duration = Duration::from_secs(2);

/// Names that are listed at once: a spool of millions must not fill the memory.
const LISTED: usize = 10_000;
/// How long a look goes on that has emptied the spool a little. Then it begins anew: what could not be taken at its beginning, or came since
/// under an older name, must not wait for a backlog.
const LOOK: Duration = Duration::from_mins(1);

/// The inbox of a spool.
#[derive(Debug)]
pub struct Inbox {
    spool: Spool,
    backlog: VecDeque<String>,
    announced: bool,
    /// When the last look began, and whether anything that it handed over is gone from the spool.
    began: Option<Instant>,
    got_on: bool,
    /// The name behind which a look goes on that found more than it may list at once.
    behind: Option<String>,
    listed: usize,
    longest: Duration,
    /// What the last look could not read, and what the one before it could not.
    stuck: Stuck,
    before: Stuck,
    /// What is in the queue and lies there still.
    kept: Kept,
    ring: Reader,
    /// Whether the last batch came from the ring: it and the files take turns, so that neither holds up the other.
    from_ring: bool,
    /// When the ring was last looked at, unless something was stored since.
    ring_looked_at: Option<Instant>,
}

impl Inbox {
    /// The inbox of this spool.
    pub fn new(spool: Spool) -> Self {
        Self {
            ring: Reader::new(spool.root(), spool.corrupt()),
            from_ring: false,
            ring_looked_at: None,
            spool,
            backlog: VecDeque::new(),
            announced: false,
            began: None,
            got_on: false,
            behind: None,
            listed: LISTED,
            longest: LOOK,
            stuck: Stuck::default(),
            before: Stuck::default(),
            kept: Kept::default(),
        }
    }

    /// Something was stored: the next look does not wait for its time.
    pub fn announced(&mut self) {
        self.announced = true;
        self.ring_looked_at = None;
    }

    /// Whether something was announced that no look has met yet.
    pub fn is_due(&self) -> bool {
        self.announced || self.ring_looked_at.is_none()
    }

    /// How many entries lie in the spool that cannot be read, if there are no others to be taken. Pieces of entries are not alerts yet,
    /// and what is in the queue is none any more: a drain does not wait for them.
    pub fn unreadable(&self) -> Option<usize> {
        // Where the ring cannot be used, a look does not change that.
        let mut unreadable = match self.ring.waits() {
            Ok(true) if self.ring.stuck().is_none() => return None,
            Ok(false) => 0,
            _ => 1,
        };
        for name in self.spool.names().unwrap_or_default() {
            if self.kept.holds(&name) {
                continue;
            }
            match self.spool.take(&name, SystemTime::now()) {
                Ok(Taken::Unfinished | Taken::Gone) => {}
                Ok(Taken::Entry(_)) if self.kept.is_full() => {}
                Ok(Taken::Entry(_) | Taken::Corrupt(_)) => return None,
                Err(_) => unreadable += 1,
            }
        }
        Some(unreadable)
    }

    /// Whether something lies in the spool that is not in the queue.
    pub fn waits(&self) -> bool {
        let names = self.spool.names().unwrap_or_default();
        names.iter().any(|name| !self.kept.holds(name)) || self.ring.waits().is_ok_and(|waits| waits)
    }

    /// The next batch of the ring, if it is time to look: what has just been stored waits for others, as it does among the files.
    fn next_of_ring(&mut self) -> Option<Batch> {
        let is_time = self.ring_looked_at.is_none_or(|at| at.elapsed() >= SCAN);
        if !is_time && !self.ring.has_more() {
            return None;
        }
        self.ring_looked_at = Some(Instant::now());
        let entries = self.ring.next(BATCH, MOST_BYTES);
        self.from_ring = !entries.is_empty();
        self.from_ring.then(|| Batch {
            alerts: entries.into_iter().map(|(name, entry)| incoming(name, entry)).collect(),
            checkpoint: None,
        })
    }

    fn scan(&mut self) -> io::Result<()> {
        let ago = self.began.map(|began| began.elapsed());
        if self.goes_on() && self.got_on && ago >= Some(self.longest) {
            self.break_off();
            self.begin();
        } else if !self.backlog.is_empty() {
            return Ok(());
        } else if self.behind.is_none() {
            if !self.announced && ago.is_some_and(|ago| ago < SCAN) {
                return Ok(());
            }
            self.before = std::mem::take(&mut self.stuck);
            self.begin();
        }
        let behind = self.behind.take().unwrap_or_default();
        let names = self.spool.oldest(&behind, self.listed).map_err(|error| {
            self.stuck = std::mem::take(&mut self.before);
            let text = format!("cannot list {}: {error}", self.spool.inbox().display());
            io::Error::new(error.kind(), text)
        })?;
        // What stays, because it is no entry yet or cannot be read, must not hide what lies behind it.
        self.behind = names.last().filter(|_| names.len() == self.listed).cloned();
        self.backlog = names.into_iter().filter(|name| !self.kept.holds(name)).collect();
        Ok(())
    }

    /// Whether the look is not over yet.
    fn goes_on(&self) -> bool {
        !self.backlog.is_empty() || self.behind.is_some()
    }

    fn begin(&mut self) {
        let now = Instant::now();
        self.announced = false;
        self.began = Some(now);
        self.got_on = false;
        self.kept.try_again(now, |name| self.spool.remove(name));
    }

    /// Ends a look that has not seen all. What the one before it has seen counts until one has, or until this one has seen more.
    fn break_off(&mut self) {
        self.backlog.clear();
        self.behind = None;
        let seen = std::mem::take(&mut self.stuck);
        if seen.is_more_than(&self.before) {
            self.before = seen;
        }
    }
}

/// An entry as it is handed over.
fn incoming(name: String, entry: Entry) -> Incoming {
    Incoming {
        name,
        destination: entry.destination(),
        received_us: i64::try_from(entry.received_us()).unwrap_or(i64::MAX),
        known_by: if entry.is_known_by_text() {
            KnownBy::Text
        } else {
            KnownBy::Name
        },
        bytes: entry.into_bytes(),
    }
}

impl Source for Inbox {
    fn next(&mut self) -> io::Result<Batch> {
        let turn_of_files = std::mem::take(&mut self.from_ring);
        if turn_of_files {
            // Should it fail, it fails again below, where the ring has nothing.
            let _ = self.scan();
        }
        if (!turn_of_files || self.backlog.is_empty())
            && let Some(batch) = self.next_of_ring()
        {
            return Ok(batch);
        }
        self.scan()?;
        let mut batch = Batch::default();
        let (mut looked_at, mut bytes) = (0, 0);
        while looked_at < BATCH
            && bytes < MOST_BYTES
            && let Some(name) = self.backlog.pop_front()
        {
            looked_at += 1;
            match self.spool.take(&name, SystemTime::now()) {
                Ok(Taken::Entry(entry)) => {
                    let incoming = incoming(name, entry);
                    bytes += incoming.bytes.len();
                    batch.alerts.push(incoming);
                }
                Ok(Taken::Unfinished | Taken::Gone) => {}
                Ok(Taken::Corrupt(why)) => {
                    tracing::error!(entry = name, %why, "an entry of the spool cannot be read; it is kept in corrupt/");
                }
                Err(error) => self.stuck.add(&name, &error),
            }
        }
        // Pieces of files take no turn.
        let pieces_only = turn_of_files && batch.is_empty();
        Ok(pieces_only.then(|| self.next_of_ring()).flatten().unwrap_or(batch))
    }

    fn taken(&mut self, batch: Batch) {
        if self.from_ring {
            return self.ring.taken();
        }
        for alert in batch.alerts {
            match self.spool.remove(&alert.name) {
                Ok(()) => self.got_on = true,
                Err(error) => self.kept.add(alert.name, &error),
            }
        }
    }

    fn again(&mut self, _batch: Batch) {
        if self.from_ring {
            return self.ring.again();
        }
        // The files lie where they were; the next look finds them.
        if self.goes_on() {
            self.break_off();
            self.stuck = std::mem::take(&mut self.before);
        }
    }

    fn has_more(&self) -> bool {
        self.goes_on() || self.ring.has_more()
    }

    fn stuck(&self) -> Option<String> {
        // A look that is not over yet has not seen all.
        let whole = if self.goes_on() { &self.before } else { &self.stuck };
        let root = self.spool.root();
        let lines = [
            whole.line("cannot be read", root),
            self.kept.line(root),
            self.ring.stuck(),
        ];
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn poll_every(&self) -> Duration {
        SCAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forwarder::spool::{DestinationId, Entry};

    #[test]
    fn what_cannot_be_read_is_told_from_what_is_still_to_be_taken_and_from_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        let inbox = Inbox::new(spool.clone());
        assert_eq!(inbox.unreadable(), Some(0));
        std::fs::write(spool.inbox().join("piece"), b"W").unwrap();
        assert_eq!(inbox.unreadable(), Some(0));
        // What is no file cannot be read by root either.
        std::fs::create_dir(spool.inbox().join("folder")).unwrap();
        assert_eq!(inbox.unreadable(), Some(1));
        spool
            .put_all(&[Entry::new(DestinationId::SETTINGS, b"{}".to_vec())])
            .unwrap();
        assert_eq!(inbox.unreadable(), None);
    }

    #[test]
    fn what_cannot_be_read_or_removed_is_said_once_it_is_all_known_and_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        // Older than any.
        let folders = ["0", "00", "000", "0000"];
        for name in folders {
            std::fs::create_dir(spool.inbox().join(name)).unwrap();
        }
        let entry = || Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
        let last = spool.put(&entry()).unwrap();
        let mut inbox = Inbox::new(spool.clone());
        inbox.listed = 2;
        let mut names = Vec::new();
        loop {
            let batch = inbox.next().unwrap();
            names.extend(batch.alerts.iter().map(|alert| alert.name.clone()));
            inbox.taken(batch);
            if !inbox.has_more() {
                break;
            }
            assert_eq!(inbox.stuck(), None, "the look is not over");
        }
        assert_eq!(names, [last]);
        let said = inbox.stuck().unwrap();
        assert!(said.contains("4 files") && said.contains("\"0\""), "{said}");
        // The same words as long as nothing changes, also while a look is under way.
        inbox.announced();
        assert!(inbox.next().unwrap().is_empty());
        assert!(inbox.has_more());
        assert_eq!(inbox.stuck(), Some(said));
        for name in folders {
            std::fs::remove_dir(spool.inbox().join(name)).unwrap();
        }
        while inbox.has_more() {
            inbox.next().unwrap();
        }
        inbox.announced();
        inbox.next().unwrap();
        assert_eq!(inbox.stuck(), None);
    }

    #[test]
    fn what_is_in_the_queue_and_cannot_be_removed_is_removed_when_it_can_be_and_never_handed_over_again() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        spool.put(&Entry::new(DestinationId::SETTINGS, b"{}".to_vec())).unwrap();
        let mut inbox = Inbox::new(spool.clone());
        let batch = inbox.next().unwrap();
        // Something else takes its name.
        let path = spool.inbox().join(&batch.alerts[0].name);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        inbox.taken(batch);
        for _ in 0..2 {
            let said = inbox.stuck().unwrap();
            assert!(
                said.contains("1 file ") && said.contains("cannot be removed") && !said.contains("read"),
                "{said}"
            );
            assert_eq!((inbox.unreadable(), inbox.waits()), (Some(0), false));
            inbox.announced();
            assert!(inbox.next().unwrap().is_empty());
        }
        std::fs::remove_dir(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        inbox.kept.make_due();
        inbox.announced();
        assert!(inbox.next().unwrap().is_empty());
        assert!(!path.exists());
        assert_eq!((inbox.stuck(), inbox.unreadable()), (None, Some(0)));
    }

    #[test]
    fn a_look_that_takes_long_begins_anew_and_forgets_nothing_that_is_stuck() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        std::fs::create_dir(spool.inbox().join("0")).unwrap();
        let entry = Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
        let names: Vec<_> = (0..4).map(|_| spool.put(&entry).unwrap()).collect();
        let mut inbox = Inbox::new(spool.clone());
        inbox.listed = 2;
        inbox.longest = Duration::ZERO;
        let batch = inbox.next().unwrap();
        assert_eq!(batch.alerts[0].name, names[0]);
        inbox.taken(batch);
        // Under a name of before, as when a clock was set back.
        std::fs::copy(spool.inbox().join(&names[1]), spool.inbox().join("00")).unwrap();
        let mut taken = Vec::new();
        while inbox.has_more() {
            let batch = inbox.next().unwrap();
            assert!(inbox.stuck().unwrap().contains("\"0\""));
            taken.extend(batch.alerts.iter().map(|alert| alert.name.clone()));
            inbox.taken(batch);
        }
        assert_eq!(taken, ["00", &names[1], &names[2], &names[3]]);
        assert!(inbox.stuck().unwrap().starts_with("1 file "));
    }

    #[test]
    fn what_is_stuck_stays_known_while_the_queue_fails_or_the_spool_cannot_be_listed() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        std::fs::create_dir(spool.inbox().join("0")).unwrap();
        let mut inbox = Inbox::new(spool.clone());
        assert!(inbox.next().unwrap().is_empty());
        let said = inbox.stuck();
        assert!(said.is_some());
        spool.put(&Entry::new(DestinationId::SETTINGS, b"{}".to_vec())).unwrap();
        inbox.listed = 1;
        for _ in 0..2 {
            inbox.announced();
            assert!(inbox.next().unwrap().is_empty());
            let batch = inbox.next().unwrap();
            assert_eq!(batch.alerts.len(), 1);
            inbox.again(batch);
            assert_eq!(inbox.stuck(), said);
        }
        std::fs::rename(spool.inbox(), folder.path().join("elsewhere")).unwrap();
        std::fs::write(spool.inbox(), "").unwrap();
        inbox.announced();
        inbox.next().unwrap_err();
        assert_eq!(inbox.stuck(), said);
    }

    #[test]
    fn large_entries_are_taken_one_at_a_time_and_small_ones_together() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        let sizes = [MOST_BYTES + 1, MOST_BYTES * 2, 10, 20, MOST_BYTES, 30];
        for size in sizes {
            let entry = Entry::new(DestinationId::SETTINGS, vec![b' '; size]);
            spool.put_all(&[entry]).unwrap();
        }
        let mut inbox = Inbox::new(spool);
        let mut batches = Vec::new();
        loop {
            let batch = inbox.next().unwrap();
            if batch.is_empty() {
                break;
            }
            batches.push(batch.alerts.len());
            inbox.taken(batch);
        }
        assert_eq!(batches, [1, 1, 3, 1]);
    }

    #[test]
    fn ring_and_files_take_turns_however_much_comes_by_either() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        spool.make_ring().unwrap();
        let entry = |text: &str| Entry::new(DestinationId::SETTINGS, text.as_bytes().to_vec());
        let mut inbox = Inbox::new(spool.clone());
        let come = |inbox: &mut Inbox| {
            let batch = inbox.next().unwrap();
            let texts: Vec<_> = batch.alerts.iter().map(|alert| alert.bytes.clone()).collect();
            inbox.taken(batch);
            // Hooks are quicker than the courier.
            for _ in 0..BATCH {
                spool.store(&entry("ring")).unwrap();
            }
            inbox.announced();
            texts
        };
        assert!(come(&mut inbox).is_empty());
        for _ in 0..3 {
            spool.put(&entry("file")).unwrap();
            let texts = [come(&mut inbox), come(&mut inbox)].concat();
            assert_eq!(texts.iter().filter(|text| *text == b"file").count(), 1);
            assert!(texts.len() > BATCH, "{}", texts.len());
        }
    }

    #[test]
    fn a_file_that_is_still_written_keeps_nothing_of_the_ring_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        spool.make_ring().unwrap();
        let mut inbox = Inbox::new(spool.clone());
        let entry = Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
        for _ in 0..3 {
            spool.store(&entry).unwrap();
            inbox.announced();
            let batch = inbox.next().unwrap();
            assert_eq!(batch.alerts.len(), 1);
            inbox.taken(batch);
            std::fs::write(spool.inbox().join("piece"), b"W").unwrap();
        }
    }

    #[test]
    fn what_has_come_by_the_ring_waits_for_its_announcement_as_files_do() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::at(folder.path());
        spool.create().unwrap();
        spool.make_ring().unwrap();
        let mut inbox = Inbox::new(spool.clone());
        assert!(inbox.next().unwrap().is_empty());
        let entry = Entry::new(DestinationId::SETTINGS, b"{}".to_vec());
        spool.store(&entry).unwrap();
        assert!(inbox.next().unwrap().is_empty());
        assert!(inbox.waits() && inbox.unreadable().is_none());
        inbox.announced();
        assert_eq!(inbox.next().unwrap().alerts.len(), 1);
    }
}
