//! Sockets: interfaces of which no call gives anything. The library makes a socket before it asks whether the guest may use
//! it, so that a guest could hold descriptors of the host; here none is made.

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, Network};
use wasmtime_wasi::p2::bindings::sockets::{
    instance_network, ip_name_lookup, network, tcp, tcp_create_socket, udp, udp_create_socket,
};
use wasmtime_wasi::p2::{SocketError, SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};

use crate::guest::Guest;

/// Puts the interfaces into the linker.
pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let options = network::LinkOptions::default();
    instance_network::add_to_linker::<_, WasiSockets>(linker, Guest::sockets)?;
    ip_name_lookup::add_to_linker::<_, WasiSockets>(linker, Guest::sockets)?;
    network::add_to_linker::<_, WasiSockets>(linker, &options, Guest::sockets)?;
    tcp::add_to_linker::<_, WasiSockets>(linker, Guest::sockets)?;
    tcp_create_socket::add_to_linker::<_, Refused>(linker, |_| Refused)?;
    udp::add_to_linker::<_, WasiSockets>(linker, Guest::sockets)?;
    udp_create_socket::add_to_linker::<_, Refused>(linker, |_| Refused)
}

/// What makes no socket.
struct Refused;

impl HasData for Refused {
    type Data<'a> = Self;
}

/// Its errors are those of the interface of networks.
impl network::Host for Refused {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(
        &mut self,
        _: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Some(ErrorCode::AccessDenied))
    }
}

impl network::HostNetwork for Refused {
    fn drop(&mut self, _: Resource<Network>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl tcp_create_socket::Host for Refused {
    fn create_tcp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        Err(ErrorCode::AccessDenied.into())
    }
}

impl udp_create_socket::Host for Refused {
    async fn create_udp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        Err(ErrorCode::AccessDenied.into())
    }
}
