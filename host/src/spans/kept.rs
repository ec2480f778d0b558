//! What goes with a turn from span to span, beside the tables: the request that brought it, and then the turn itself, for its
//! deliveries. It is kept in memory for a while: on another host, or after a restart, a turn begins a trace of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use store::ids::TurnId;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Turns that are kept; the oldest goes first.
const MOST: usize = 8_192;

/// The spans that turns come from.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Turns>);

#[derive(Debug, Default)]
struct Turns {
    spans: HashMap<TurnId, SpanContext>,
    order: VecDeque<TurnId>,
}

impl Kept {
    /// Keeps the span that runs at the moment for what comes of a turn.
    pub fn keep(&self, turn: TurnId) {
        self.keep_span(turn, &Span::current());
    }

    /// Keeps a span for what comes of a turn.
    pub fn keep_span(&self, turn: TurnId, span: &Span) {
        if span.is_disabled() {
            return;
        }
        let context = span.context().span().span_context().clone();
        if context.is_valid() {
            self.add(turn, context);
        }
    }

    fn add(&self, turn: TurnId, context: SpanContext) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.spans.insert(turn, context).is_none() {
            turns.order.push_back(turn);
        }
        if turns.order.len() > MOST
            && let Some(oldest) = turns.order.pop_front()
        {
            turns.spans.remove(&oldest);
        }
    }

    /// Has a span go on where the turn's last one was.
    pub fn follow(&self, turn: TurnId, span: &Span) {
        if span.is_disabled() {
            return;
        }
        if let Some(context) = self.get(turn) {
            // It fails only where nothing collects spans.
            let _ = span.set_parent(Context::new().with_remote_span_context(context));
        }
    }

    fn get(&self, turn: TurnId) -> Option<SpanContext> {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.spans.get(&turn).cloned()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[test]
    fn the_oldest_turn_is_forgotten_first() {
        let kept = Kept::default();
        let context = |number: u64| {
            let (trace, span) = (TraceId::from(u128::from(number)), SpanId::from(number));
            SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
        };
        let (first, second) = (TurnId::new(), TurnId::new());
        kept.add(first, context(1));
        kept.add(second, context(2));
        kept.add(second, context(3));
        for number in 0..MOST as u64 - 1 {
            kept.add(TurnId::new(), context(number + 4));
        }
        assert_eq!(kept.get(first), None);
        assert_eq!(kept.get(second), Some(context(3)));
    }

    #[test]
    fn without_a_collector_nothing_is_kept() {
        let kept = Kept::default();
        let turn = TurnId::new();
        kept.keep(turn);
        assert_eq!(kept.get(turn), None);
    }
}
