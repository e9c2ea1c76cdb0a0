//! How many calls to IRIS at once: a real one is fastest with two to four, and only gets slower beyond.

use std::time::Duration;

/// Grows by a little while answers stay quick, falls at once when they do not.
#[derive(Debug)]
pub(super) struct Pace {
    limit: f64,
    most: f64,
    /// The quickest usual answer, in seconds.
    base: Option<f64>,
}

impl Pace {
    /// Starts with one call at a time.
    pub(super) fn new(most: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let most = most.max(1) as f64;
        Self {
            limit: 1.0,
            most,
            base: None,
        }
    }

    /// Calls at once, now.
    pub(super) fn limit(&self) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and a handful"
        )]
        let limit = self.limit as usize;
        limit.max(1)
    }

    /// A call was answered after so long.
    pub(super) fn answered(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        // The base forgets slowly: a server that has become slower for good is not punished for ever.
        let base = self.base.map_or(took, |base| {
            if took < base {
                took
            } else {
                base + (took - base) * 0.002
            }
        });
        self.base = Some(base);
        if took > base * 4.0 + 0.05 {
            self.limit = (self.limit * 0.9).max(1.0);
        } else {
            self.limit = (self.limit + 0.25).min(self.most);
        }
    }

    /// A call failed for a reason of the server.
    pub(super) fn refused(&mut self) {
        self.limit = (self.limit / 2.0).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_bound_and_falls_when_the_server_suffers() {
        let mut pace = Pace::new(4);
        assert_eq!(pace.limit(), 1);
        for _ in 0..20 {
            pace.answered(Duration::from_millis(40));
        }
        assert_eq!(pace.limit(), 4);
        for _ in 0..20 {
            pace.answered(Duration::from_secs(2));
        }
        assert_eq!(pace.limit(), 1);
        for _ in 0..12 {
            pace.answered(Duration::from_millis(60));
        }
        assert_eq!(pace.limit(), 4);
        pace.refused();
        assert_eq!(pace.limit(), 2);
    }
}
