//! Whose process is at the other end of a connection over loopback: only the user's own may speak to the pages' server.
//!
//! Cookies do not tell ports apart: what another user of this machine serves on another port could be sent ours. Linux lists
//! the owner of every socket; elsewhere this check is missing (docs/security-properties.md).

use std::fs;
use std::net::{SocketAddr, SocketAddrV4};
use std::os::unix::fs::MetadataExt as _;

/// Whether the socket at `peer`, connected to `own`, belongs to the user of this process, as far as the system tells.
pub(crate) fn is_own(peer: SocketAddr, own: SocketAddr) -> bool {
    let (SocketAddr::V4(peer), SocketAddr::V4(own)) = (peer, own) else {
        return false;
    };
    let (Ok(table), Ok(me)) = (fs::read_to_string(TABLE), fs::metadata("/proc/self")) else {
        return true;
    };
    owner(&table, peer, own) == Some(me.uid())
}

/// The owner of the socket in the system's table of IPv4 sockets.
fn owner(table: &str, local: SocketAddrV4, remote: SocketAddrV4) -> Option<u32> {
    let (local, remote) = (shown(local), shown(remote));
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let found = fields.next() == Some(&local) && fields.next() == Some(&remote);
        found.then(|| fields.nth(4)?.parse().ok()).flatten()
    })
}

/// An address as the table has it: four bytes in the order of the machine, and the port.
fn shown(address: SocketAddrV4) -> String {
    let ip = u32::from_ne_bytes(address.ip().octets());
    format!("{ip:08X}:{:04X}", address.port())
}

const TABLE: &str = "/proc/net/tcp";

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_table_of_the_system_names_the_owner_of_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let stream = TcpStream::connect(own).unwrap();
        let (_accepted, peer) = listener.accept().unwrap();
        assert!(is_own(peer, own));
        drop(stream);
        assert!(!is_own("[::1]:4".parse().unwrap(), own));
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn another_users_connection_is_not_ours() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n   \
            1: 0100007F:9C40 0100007F:0FA0 01 00000000:00000000 00:00000000 00000000  1001        0 2 1\n";
        let (peer, own) = (
            "127.0.0.1:40000".parse().unwrap(),
            "127.0.0.1:4000".parse().unwrap(),
        );
        assert_eq!(owner(table, peer, own), Some(1001));
        assert_eq!(owner(table, own, peer), None);
        assert_eq!(owner("", peer, own), None);
    }
}
