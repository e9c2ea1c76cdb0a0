use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::super::{DestinationId, Spool};
use super::make::make_of;
use super::*;

/// A small one: what it does when it is full does not depend on its size.
const PAGES: u64 = 64;
/// The same, to count with.
const ALL: usize = 64;

fn stage() -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path());
    spool.create().unwrap();
    make_of(spool.root(), PAGES).unwrap();
    (folder, spool)
}

fn reader(spool: &Spool) -> Reader {
    Reader::new(spool.root(), spool.corrupt())
}

fn entry(text: &[u8]) -> Entry {
    Entry::new(DestinationId::SETTINGS, text.to_vec())
}

/// An entry of so many bytes that tells itself from others.
fn sized(number: usize, length: usize) -> Entry {
    let mut bytes = vec![b'x'; length];
    let number = number.to_le_bytes();
    let shown = number.len().min(length);
    bytes[..shown].copy_from_slice(&number[..shown]);
    entry(&bytes)
}

fn append_to(spool: &Spool, entry: &Entry) -> Appended {
    append(spool.root(), entry.borrowed())
}

fn take(reader: &mut Reader) -> Vec<Vec<u8>> {
    take_at_most(reader, 100)
}

fn take_at_most(reader: &mut Reader, most: usize) -> Vec<Vec<u8>> {
    let entries = reader.next(most, 1 << 20);
    reader.taken();
    entries.into_iter().map(|(_, entry)| entry.into_bytes()).collect()
}

fn pages(spool: &Spool) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path(spool.root()))
        .unwrap()
}

fn ring(spool: &Spool) -> Ring {
    Ring::of(pages(spool)).unwrap().unwrap().0
}

fn taken(spool: &Spool) -> u64 {
    Ring::of(pages(spool)).unwrap().unwrap().1.unwrap()
}

fn set_aside(spool: &Spool) -> usize {
    fs::read_dir(spool.corrupt()).unwrap().count()
}

#[test]
fn what_is_appended_is_handed_over_byte_for_byte_and_in_order() {
    let (_folder, spool) = stage();
    let most = usize::from(MOST) * PIECE - HEADER;
    let lengths = [0, 1, PIECE - HEADER, PIECE - HEADER + 1, 3 * PIECE, most];
    for length in lengths {
        assert_eq!(append_to(&spool, &sized(length, length)), Appended::Stored, "{length}");
    }
    assert_eq!(append_to(&spool, &sized(0, most + 1)), Appended::No);
    assert_eq!(spool.count().unwrap(), lengths.len());
    let mut reader = reader(&spool);
    assert!(reader.waits().unwrap());
    let expected: Vec<_> = lengths
        .iter()
        .map(|length| sized(*length, *length).into_bytes())
        .collect();
    assert_eq!(take(&mut reader), expected);
    assert!(!reader.waits().unwrap());
    assert_eq!(
        (take(&mut reader).len(), spool.count().unwrap(), set_aside(&spool)),
        (0, 0, 0)
    );
}

#[test]
fn zeros_and_pages_that_an_alert_holds_are_its_bytes_and_nothing_else() {
    let (_folder, spool) = stage();
    let ring = self::ring(&spool);
    let mut forged = vec![0; PIECE - HEADER];
    for number in PAGES + 1..PAGES + 8 {
        forged.extend_from_slice(&ring.head(number, 0, 1));
        forged.extend_from_slice(&vec![0; PIECE - HEAD]);
    }
    assert_eq!(append_to(&spool, &entry(&forged)), Appended::Stored);
    assert_eq!(append_to(&spool, &entry(b"{}")), Appended::Stored);
    assert_eq!(take(&mut reader(&spool)), [forged, b"{}".to_vec()]);
}

#[test]
fn a_full_ring_takes_nothing_until_something_is_taken_in() {
    let (_folder, spool) = stage();
    let most = ALL;
    for number in 0..most {
        assert_eq!(append_to(&spool, &sized(number, 8)), Appended::Stored, "{number}");
    }
    assert_eq!(append_to(&spool, &sized(most, 8)), Appended::No);
    let mut reader = reader(&spool);
    let mut next = 0;
    // Round and round: a page is written again once it is safe, and not before.
    for lap in 0..3 {
        let taken = take_at_most(&mut reader, 10);
        assert_eq!(taken.len(), 10);
        for bytes in taken {
            assert_eq!(bytes, sized(next, 8).into_bytes(), "lap {lap}");
            next += 1;
        }
        for number in 0..10 {
            let number = most + lap * 10 + number;
            assert_eq!(append_to(&spool, &sized(number, 8)), Appended::Stored);
        }
        assert_eq!(append_to(&spool, &sized(0, 8)), Appended::No);
    }
    assert_eq!(spool.count().unwrap(), most);
}

#[test]
fn what_was_not_taken_in_is_handed_over_again_and_under_the_same_name() {
    let (_folder, spool) = stage();
    for number in 0..3 {
        append_to(&spool, &sized(number, 5000));
    }
    let mut first = reader(&spool);
    let names = |entries: Vec<(String, Entry)>| entries.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let once = names(first.next(2, 1 << 20));
    first.again();
    assert_eq!(names(first.next(2, 1 << 20)), once);
    let mut other = reader(&spool);
    let all = names(other.next(9, 1 << 20));
    assert_eq!((all.len(), &all[..2]), (3, &once[..]));
    first.taken();
    assert_eq!(names(reader(&spool).next(9, 1 << 20)), all[2..]);
    // Bytes bound a batch, too; one entry always goes.
    assert_eq!(reader(&spool).next(9, 1).len(), 1);
}

#[test]
fn while_somebody_writes_nobody_else_does_and_a_piece_is_left_alone() {
    let (_folder, spool) = stage();
    append_to(&spool, &sized(1, 8));
    let ring = self::ring(&spool);
    ring.file.try_lock().unwrap();
    assert_eq!(append_to(&spool, &sized(2, 8)), Appended::No);
    // The first of two pages.
    let number = PAGES + 1;
    ring.write(number, 2, sized(2, 8).borrowed()).unwrap();
    ring.file.write_all_at(&[0; HEAD], ring.place(number + 1)).unwrap();
    let mut reader = reader(&spool);
    assert_eq!(take(&mut reader), [sized(1, 8).into_bytes()]);
    assert!(!reader.waits().unwrap());
    assert_eq!((take(&mut reader).len(), set_aside(&spool)), (0, 0));
    // Its writer has died.
    ring.file.unlock().unwrap();
    assert!(reader.waits().unwrap());
    assert_eq!((take(&mut reader).len(), set_aside(&spool)), (0, 1));
    assert!(!reader.waits().unwrap());
    append_to(&spool, &sized(3, 8));
    assert_eq!(take(&mut reader), [sized(3, 8).into_bytes()]);
    assert_eq!(set_aside(&spool), 1);
}

#[test]
fn what_was_taken_back_is_passed_over_and_its_number_is_not_given_again() {
    let (_folder, spool) = stage();
    append_to(&spool, &sized(1, 8));
    append_to(&spool, &sized(2, 8));
    let mut reader = reader(&spool);
    // It has been read already when its writer's sync fails.
    assert_eq!(reader.next(9, 1 << 20).len(), 2);
    ring(&spool).void(PAGES + 1).unwrap();
    append_to(&spool, &sized(3, 8));
    reader.taken();
    assert_eq!(take(&mut reader), [sized(3, 8).into_bytes()]);
    let ring = self::ring(&spool);
    ring.void(PAGES + 3).unwrap();
    append_to(&spool, &sized(4, 8));
    assert_eq!(take(&mut reader), [sized(4, 8).into_bytes()]);
    assert_eq!(set_aside(&spool), 0);
}

#[test]
fn a_damaged_or_lost_page_costs_its_own_entry_and_is_kept() {
    let (_folder, spool) = stage();
    for number in 0..6 {
        append_to(&spool, &sized(number, 8));
    }
    let ring = self::ring(&spool);
    let file = &ring.file;
    // A bit of an alert, a bit of a head, a whole page of zeros.
    let flip = |at: u64| {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 4], at).unwrap();
    };
    flip(ring.place(PAGES + 1) + 70);
    flip(ring.place(PAGES + 2) + 1);
    file.write_all_at(&[0; PAGE], ring.place(PAGES + 4)).unwrap();
    let mut reader = reader(&spool);
    let left = [0, 3, 5].map(|number| sized(number, 8).into_bytes());
    assert_eq!(take(&mut reader), left);
    assert_eq!(set_aside(&spool), 2);
    append_to(&spool, &sized(6, 8));
    assert_eq!(take(&mut reader), [sized(6, 8).into_bytes()]);
    // The next lap finds every page usable.
    for number in 0..2 * PAGES {
        let number = usize::try_from(number).unwrap();
        assert_eq!(append_to(&spool, &sized(number, 8)), Appended::Stored);
        assert_eq!(take(&mut reader).len(), 1);
    }
}

#[test]
fn another_file_under_its_name_is_read_from_its_own_beginning() {
    let (_folder, spool) = stage();
    let mut reader = reader(&spool);
    for number in 0..5 {
        append_to(&spool, &sized(number, 8));
    }
    assert_eq!(take(&mut reader).len(), 5);
    fs::remove_file(path(spool.root())).unwrap();
    assert_eq!(append_to(&spool, &sized(9, 8)), Appended::NoRing);
    assert_eq!(take(&mut reader).len(), 0);
    make(spool.root()).unwrap();
    append_to(&spool, &sized(7, 8));
    assert_eq!(take(&mut reader), [sized(7, 8).into_bytes()]);
}

type Spoil = fn(&File);

#[test]
fn a_courier_mends_a_ring_and_makes_one_of_what_is_none() {
    let (_folder, spool) = stage();
    // In the second lap.
    for number in 0..90 {
        assert_eq!(append_to(&spool, &sized(number, 8)), Appended::Stored);
        assert_eq!(take(&mut reader(&spool)).len(), 1);
    }
    let spoil: [(&str, usize, usize, Spoil); 9] = [
        ("nothing", 1, 0, |_| {}),
        ("no telling what is taken", ALL, 0, |file| {
            file.write_all_at(&[1; 8], TAKEN as u64).unwrap();
        }),
        ("a first page that is gone", ALL, 1, |file| {
            file.write_all_at(&[0; PAGE], 0).unwrap();
        }),
        ("a first page of something else", ALL, 1, |file| {
            file.write_all_at(b"#!/bin/sh", 0).unwrap();
        }),
        ("no telling, and a page with a wild number", ALL - 1, 1, |file| {
            file.write_all_at(&[1; 8], TAKEN as u64).unwrap();
            file.write_all_at(&[7, 0, 0, 0, 0, 1], 9 * PAGE as u64).unwrap();
        }),
        ("cut short", 0, 0, |file| file.set_len(8 * PAGE as u64).unwrap()),
        ("a failed making", 0, 0, |file| file.set_len(0).unwrap()),
        ("a making that was killed", 0, 0, |file| {
            file.set_len(0).unwrap();
            file.set_len((1 + PAGES) * PAGE as u64).unwrap();
        }),
        ("a foreign file", 0, 1, |file| {
            file.write_all_at(&vec![b'#'; PAGE * (1 + ALL)], 0).unwrap();
        }),
    ];
    for (what, left, kept, spoil) in spoil {
        let before = set_aside(&spool);
        assert_eq!(append_to(&spool, &sized(1, 8)), Appended::Stored, "{what}");
        spoil(&pages(&spool));
        spool.mend_ring().unwrap();
        spool.make_ring().unwrap();
        assert_eq!(spool.count().unwrap(), left, "{what}");
        take(&mut reader(&spool));
        assert_eq!(append_to(&spool, &sized(1, 8)), Appended::Stored, "{what}");
        assert_eq!(take(&mut reader(&spool)).len(), 1, "{what}");
        assert_eq!(set_aside(&spool) - before, kept, "{what}");
    }
}

#[test]
fn a_first_page_that_only_looks_like_one_is_written_anew_beside_a_copy() {
    // The tag; and the number of pages, larger and smaller.
    let tag = (12, vec![9]);
    for (at, bytes) in [
        tag,
        (16, (2 * PAGES).to_le_bytes().into()),
        (16, (PAGES / 2).to_le_bytes().into()),
    ] {
        let (_folder, spool) = stage();
        // In both halves of two laps.
        for number in 0..100 {
            append_to(&spool, &sized(number, 8));
            assert_eq!(take(&mut reader(&spool)).len(), 1);
        }
        for number in 100..105 {
            append_to(&spool, &sized(number, 8));
        }
        pages(&spool).write_all_at(&bytes, at).unwrap();
        spool.mend_ring().unwrap();
        let found = take(&mut reader(&spool));
        let last = (100..105).map(|number| sized(number, 8).into_bytes());
        assert!(last.into_iter().all(|entry| found.contains(&entry)), "{at}");
        assert_eq!(set_aside(&spool), 1, "the copy");
    }
}

#[test]
fn a_page_with_a_wild_number_beside_one_other_hides_it_not() {
    let (_folder, spool) = stage();
    append_to(&spool, &sized(0, 8));
    append_to(&spool, &sized(1, 8));
    let file = pages(&spool);
    file.write_all_at(&[0; PAGE], 0).unwrap();
    file.write_all_at(&[1], 2 * PAGE as u64 + 5).unwrap();
    spool.mend_ring().unwrap();
    assert_eq!(take(&mut reader(&spool)).len(), 1);
    assert_eq!(set_aside(&spool), 2, "the page and the copy");
}

#[test]
fn hooks_without_a_courier_make_it_once_there_is_something_to_gain() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path());
    let stored = |most: usize| {
        (1..=most).find(|_| {
            spool.store(&entry(b"{}")).unwrap();
            path(spool.root()).exists()
        })
    };
    let office = {
        spool.create().unwrap();
        crate::forwarder::launch::take_office(spool.root()).unwrap().unwrap()
    };
    assert_eq!(stored(300), None, "a courier runs that has made none");
    drop(office);
    assert_eq!(stored(300), Some(1));
    let files = spool.names().unwrap().len();
    spool.store(&entry(b"{}")).unwrap();
    assert_eq!(
        (spool.names().unwrap().len(), spool.count().unwrap()),
        (files, files + 1)
    );
}

/// What may happen, in any order.
#[derive(Debug, Clone)]
enum Step {
    /// A hook stores an entry of so many bytes.
    Append(usize),
    /// A hook is killed when it has written so many pages of so many.
    Killed(u8, u8),
    /// The courier takes so many, and commits them or fails.
    Take(usize, bool),
    /// The courier ends between the commit and its mark, or before, and another begins.
    Restart,
    /// The disk damages a page that waits: its head or its bytes.
    Damage(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..usize::from(MOST) * PIECE).prop_map(Step::Append),
        4 => (0usize..PIECE - HEADER).prop_map(Step::Append),
        1 => (1u8..5, 0u8..5).prop_map(|(of, written)| Step::Killed(of, written.min(of - 1))),
        6 => (1usize..40, any::<bool>()).prop_map(|(most, commits)| Step::Take(most, commits)),
        1 => Just(Step::Restart),
        1 => (0u64..20, any::<bool>()).prop_map(|(behind, head)| Step::Damage(behind, head)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_was_stored_and_not_damaged_comes_out_in_order_and_nothing_else_does(
        steps in proptest::collection::vec(step(), 1..400),
    ) {
        let (_folder, spool) = stage();
        let mut reader = reader(&spool);
        // First page, number of pages, what it is; whether the disk has damaged it.
        let mut waiting = VecDeque::<(u64, u64, (usize, usize), bool)>::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Append(length) => {
                    let entry = sized(number, length);
                    let ring = self::ring(&spool);
                    let first = ring.last(taken(&spool)).unwrap() + 1;
                    if append_to(&spool, &entry) == Appended::Stored {
                        let pages = (HEADER + length).div_ceil(PIECE) as u64;
                        waiting.push_back((first, pages, (number, length), false));
                    }
                }
                Step::Killed(of, written) => {
                    let ring = self::ring(&spool);
                    let taken = self::taken(&spool);
                    let first = ring.last(taken).unwrap() + 1;
                    let pages = first..first + u64::from(of);
                    let are_free = pages.clone().all(|page| ring.look(page).unwrap() == Page::Free);
                    if written > 0 && are_free && pages.end - 1 <= taken + ring.pages {
                        let entry = sized(number, usize::from(of) * PIECE - HEADER);
                        ring.write(first, of, entry.borrowed()).unwrap();
                        for page in written..of {
                            ring.file.write_all_at(&[0; HEAD], ring.place(first + u64::from(page))).unwrap();
                        }
                    }
                }
                Step::Take(most, commits) => {
                    let entries = reader.next(most, 1 << 20);
                    let mut expected = waiting.iter().filter(|(_, _, _, damaged)| !damaged);
                    for (_, entry) in &entries {
                        let (_, _, (number, length), _) = *expected.next().unwrap();
                        prop_assert!(entry.bytes() == sized(number, length).bytes(), "not number {}", number);
                    }
                    if commits {
                        let mut left = entries.len();
                        while left > 0 {
                            let (_, _, _, damaged) = waiting.pop_front().unwrap();
                            left -= usize::from(!damaged);
                        }
                        if !entries.is_empty() { reader.taken(); }
                    } else {
                        reader.again();
                    }
                }
                Step::Restart => {
                    let taken = self::taken(&spool);
                    reader = self::reader(&spool);
                    waiting.retain(|(first, ..)| *first > taken);
                }
                Step::Damage(behind, head) => {
                    let ring = self::ring(&spool);
                    let page = taken(&spool) + 1 + behind;
                    let hit = waiting.iter_mut().find(|(first, pages, ..)| (*first..first + pages).contains(&page));
                    // The same bit again would put it right.
                    if let Some((_, _, _, damaged)) = hit.filter(|(_, _, _, damaged)| !damaged) {
                        let at = ring.place(page) + if head { 9 } else { HEAD as u64 };
                        let mut byte = [0];
                        ring.file.read_exact_at(&mut byte, at).unwrap();
                        ring.file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
                        *damaged = true;
                    }
                }
            }
        }
        // In the end everything comes out.
        loop {
            let entries = reader.next(100, 1 << 20);
            if entries.is_empty() { break; }
            for (_, entry) in &entries {
                while waiting.front().is_some_and(|(_, _, _, damaged)| *damaged) { waiting.pop_front(); }
                let (_, _, (number, length), _) = waiting.pop_front().unwrap();
                prop_assert!(entry.bytes() == sized(number, length).bytes(), "not number {}", number);
            }
            reader.taken();
        }
        prop_assert!(waiting.iter().all(|(_, _, _, damaged)| *damaged), "{} are left", waiting.len());
    }
}
