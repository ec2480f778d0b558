//! The registry is the list of drivers that this version has: a line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::driver::Driver;
use crate::kind::Kind;
use crate::telegram::Telegram;
use crate::web::Web;
use crate::webhook::Webhook;
use crate::wechat::Wechat;

/// Drivers by kind. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    drivers: Arc<BTreeMap<Kind, Box<dyn Driver>>>,
}

/// What of a platform may be elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The API of a kind.
    Api(Kind),
    /// WeChat's store of files.
    WechatFiles,
}

impl Registry {
    /// The drivers of the product; `moved` tells of what is not where everyone knows it to be.
    pub fn standard(moved: impl Fn(Moved) -> Option<Url>) -> Self {
        let api = |kind| moved(Moved::Api(kind));
        Self::of([
            Box::new(Telegram::at(api(Kind::Telegram))) as Box<dyn Driver>,
            Box::new(Wechat::at(api(Kind::Wechat), moved(Moved::WechatFiles))),
            Box::new(Webhook),
            Box::new(Web),
        ])
    }

    /// A registry of these drivers.
    pub fn of(drivers: impl IntoIterator<Item = Box<dyn Driver>>) -> Self {
        let drivers = drivers.into_iter().map(|driver| (driver.kind(), driver));
        Self {
            drivers: Arc::new(drivers.collect()),
        }
    }

    /// The driver of a kind, if this version has one.
    pub fn get(&self, kind: Kind) -> Option<&dyn Driver> {
        self.drivers.get(&kind).map(|driver| &**driver)
    }

    /// The kinds that have a driver.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.drivers.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_found_by_the_kind_that_it_says() {
        let registry = Registry::standard(|_| None);
        for kind in [Kind::Telegram, Kind::Wechat, Kind::Web, Kind::Webhook] {
            assert_eq!(registry.get(kind).map(|driver| driver.kind()), Some(kind));
        }
        assert!(registry.get(Kind::Discord).is_none());
        assert_eq!(
            registry.kinds().collect::<Vec<_>>(),
            [Kind::Telegram, Kind::Wechat, Kind::Web, Kind::Webhook]
        );
    }
}
