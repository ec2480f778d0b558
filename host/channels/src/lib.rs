//! host/channels
