//! Who is at the other end of the connection (MD-05).
//!
//! `X-Forwarded-For` is read only when the connection comes from a configured proxy network, from the
//! right, skipping configured proxies; the first other address is the peer. Values that are not
//! addresses end the search. Nothing is ever looked up in DNS.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address limits and events go by.
pub fn address(connected: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|network| network.contains(&address));
    let mut peer = connected.to_canonical();
    if !trusted(peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        peer = address.to_canonical();
        if !trusted(peer) {
            break;
        }
    }
    peer
}

/// The network a limit counts: IPv4 by /24, IPv6 by /64 (DC-05).
pub fn network(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 24 } else { 64 };
    IpNet::new(address, length).map_or(IpNet::from(address), |network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", value.parse().unwrap());
        headers
    }

    #[test]
    fn md_05_forwarded_addresses_of_strangers_are_ignored() {
        let peer = "203.0.113.9".parse().unwrap();
        assert_eq!(address(peer, &forwarded("1.2.3.4"), &[]), peer);
    }

    #[test]
    fn md_05_the_rightmost_untrusted_address_is_the_peer() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let seen = |value| address("10.0.0.1".parse().unwrap(), &forwarded(value), &proxies).to_string();
        assert_eq!(seen("6.6.6.6, 203.0.113.9, 10.1.1.1"), "203.0.113.9");
        assert_eq!(seen("unknown"), "10.0.0.1");
        assert_eq!(seen("203.0.113.9, unknown"), "10.0.0.1");
        assert_eq!(seen("10.2.2.2"), "10.2.2.2");
    }
}
