//! The sandbox alone: its own benchmark, which prints its numbers beside a bare loop's.
