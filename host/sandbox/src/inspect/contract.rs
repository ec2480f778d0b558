//! What a component says about the contract: its imports and exports by name, each checked to be one that this host has
//! in a version that it speaks. Their types are checked when the compiled module is linked.

use wasmparser::{
    ComponentExternName, ComponentExternalKind, ComponentTypeRef, Parser, Payload, Validator,
};

use super::Exports;
use super::version::Version;
use crate::capability;
use crate::refusal::Refusal;

/// The version of `cloister:agent` that this host has; a test holds it to the .wit files.
pub const INTERFACE_VERSION: &str = "1.0.0";

const HOST: Version = Version {
    major: 1,
    minor: 0,
    patch: 0,
};
const PACKAGE: &str = "cloister:agent/";

pub(super) struct Contract {
    pub(super) version: Version,
    pub(super) exports: Exports,
    pub(super) imports: Vec<String>,
    pub(super) capabilities: Vec<String>,
}

impl Contract {
    /// Reads a component's outermost imports and exports, and checks the structure of all the rest.
    pub(super) fn read(component: &[u8]) -> Result<Self, Refusal> {
        let names = Names::read(component).map_err(super::broken)?;
        let mut capabilities = Vec::new();
        let mut version = None;
        for import in &names.imports {
            let Some(interface) = Interface::parse(import)? else {
                if crate::wasi::is_http(import) {
                    capabilities.push(capability::HTTP.to_owned());
                }
                if crate::wasi::knows(import) {
                    continue;
                }
                return Err(Refusal::UnknownImport {
                    name: import.clone(),
                });
            };
            version = version.max(Some(interface.version));
            match interface.name {
                "types" => {}
                name => match capability::of_interface(name) {
                    Some(capability) => capabilities.push(capability.to_owned()),
                    None => {
                        return Err(Refusal::UnknownImport {
                            name: import.clone(),
                        });
                    }
                },
            }
        }
        let mut exports = Exports::default();
        for export in &names.exports {
            let Some(interface) = Interface::parse(export)? else {
                continue;
            };
            match interface.name {
                "handler" => exports.handler = true,
                "toolset" => exports.toolset = true,
                _ => continue,
            }
            version = version.max(Some(interface.version));
        }
        if exports == Exports::default() {
            return Err(Refusal::NoExport);
        }
        Ok(Self {
            version: version.unwrap_or(HOST),
            exports,
            imports: names.imports,
            capabilities,
        })
    }
}

/// One interface of the contract, as a component names it.
struct Interface<'a> {
    name: &'a str,
    version: Version,
}

impl<'a> Interface<'a> {
    /// `None` for what belongs to another package.
    fn parse(full: &'a str) -> Result<Option<Self>, Refusal> {
        let Some(rest) = full.strip_prefix(PACKAGE) else {
            return Ok(None);
        };
        let (name, wanted) = rest.split_once('@').unwrap_or((rest, "none"));
        match wanted.parse() {
            Ok(version) if HOST.supports(version) => Ok(Some(Self { name, version })),
            _ => Err(Refusal::UnsupportedVersion {
                interface: format!("{PACKAGE}{name}"),
                wanted: wanted.to_owned(),
                supported: format!(
                    "{INTERFACE_VERSION} and what came before it since {}.0.0",
                    HOST.major
                ),
            }),
        }
    }
}

/// The names of a component's own imports and exports, without those of components inside it.
#[derive(Default)]
pub(super) struct Names {
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
}

impl Names {
    /// Checks all of the structure on the way, function bodies apart; a core module has no such names.
    pub(super) fn read(component: &[u8]) -> wasmparser::Result<Self> {
        let (mut names, mut depth) = (Self::default(), 0_u32);
        let mut validator = Validator::new();
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            validator.payload(&payload)?;
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        let import = import?;
                        // A type is not something that the host would have to provide.
                        if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                            names.imports.push(full_name(&import.name));
                        }
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ComponentExternalKind::Instance {
                            names.exports.push(full_name(&export.name));
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(names)
    }
}

fn full_name(name: &ComponentExternName<'_>) -> String {
    format!("{}{}", name.name, name.version_suffix.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_contracts() {
        let wit = include_str!("../../../../guest-sdk/wit/types.wit");
        let package = wit
            .lines()
            .find(|line| line.starts_with("package "))
            .unwrap();
        assert_eq!(
            package,
            format!("package cloister:agent@{INTERFACE_VERSION};")
        );
        assert_eq!(HOST.to_string(), INTERFACE_VERSION);
    }

    #[test]
    fn the_capabilities_are_the_contracts() {
        let world = include_str!("../../../../guest-sdk/wit/world.wit");
        let imports = world.lines().filter_map(|line| {
            let import = line.trim().strip_prefix("import ")?.strip_suffix(';')?;
            Some(match crate::wasi::is_http(import) {
                true => capability::HTTP,
                false => capability::of_interface(import).unwrap_or(import),
            })
        });
        assert_eq!(imports.collect::<Vec<_>>(), capability::NAMES);
    }
}
