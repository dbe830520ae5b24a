//! A database of places (`MaxMind DB` 2.0), made where it is needed: what a test says is where, and nothing else.

use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::{Value, json};

/// Where one node of the tree leads by a bit.
#[derive(Clone, Copy)]
enum Leads {
    Nowhere,
    To(u32),
    /// To so many bytes behind the begin of the data.
    Data(u32),
}

/// What is where.
pub struct Atlas {
    kind: String,
    nodes: Vec<[Leads; 2]>,
    data: Vec<u8>,
}

/// IPv4 is below `::/96`.
const ABOVE_IPV4: usize = 96;
/// Zeros between the tree and the data.
const GAP: u32 = 16;

impl Atlas {
    /// An empty one that calls itself this.
    pub fn of(kind: &str) -> Atlas {
        Atlas { kind: kind.to_owned(), nodes: vec![[Leads::Nowhere; 2]], data: Vec::new() }
    }

    /// Says what is known of a network.
    #[must_use]
    pub fn with(mut self, (network, length): (Ipv4Addr, usize), record: &Value) -> Atlas {
        let offset = u32::try_from(self.data.len()).unwrap();
        encode(record, &mut self.data);
        let bits = u128::from(network.to_bits());
        let last = ABOVE_IPV4 + length - 1;
        let mut node = 0;
        for depth in 0..=last {
            let bit = usize::from(bits >> (127 - depth) & 1 == 1);
            if depth == last {
                self.nodes[node][bit] = Leads::Data(offset);
            } else if let Leads::To(next) = self.nodes[node][bit] {
                node = next as usize;
            } else {
                let next = self.nodes.len();
                self.nodes.push([Leads::Nowhere; 2]);
                self.nodes[node][bit] = Leads::To(u32::try_from(next).unwrap());
                node = next;
            }
        }
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.nodes.len()).unwrap();
        let mut bytes = Vec::new();
        for leads in self.nodes.iter().flatten() {
            let record = match leads {
                Leads::Nowhere => count,
                Leads::To(node) => *node,
                Leads::Data(offset) => count + GAP + offset,
            };
            bytes.extend_from_slice(&record.to_be_bytes()[1..]);
        }
        bytes.extend_from_slice(&[0; GAP as usize]);
        bytes.extend_from_slice(&self.data);
        bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        let metadata = json!({
            "binary_format_major_version": 2,
            "binary_format_minor_version": 0,
            "build_epoch": 1_700_000_000,
            "database_type": self.kind,
            "description": { "en": "Places of a test" },
            "ip_version": 6,
            "languages": ["de", "en"],
            "node_count": count,
            "record_size": 24,
        });
        encode(&metadata, &mut bytes);
        bytes
    }

    /// Writes the file.
    pub fn write(&self, file: &Path) {
        std::fs::write(file, self.bytes()).unwrap();
    }
}

/// A town in its country.
pub fn town(city: &Value, country: &Value, code: &str) -> Value {
    json!({ "city": { "names": city }, "country": { "iso_code": code, "names": country } })
}

const TEXT: u8 = 2;
const NUMBER_OF_16: u8 = 5;
const NUMBER_OF_32: u8 = 6;
const MAP: u8 = 7;
/// Types above 7 are in a byte of their own, less 7.
const NUMBER_OF_64: u8 = 9 - 7;
const ARRAY: u8 = 11 - 7;

fn encode(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::String(text) => {
            begin(TEXT, text.len(), into);
            into.extend_from_slice(text.as_bytes());
        }
        Value::Object(members) => {
            begin(MAP, members.len(), into);
            for (name, member) in members {
                begin(TEXT, name.len(), into);
                into.extend_from_slice(name.as_bytes());
                match member.as_u64() {
                    Some(number) => encode_number(name, number, into),
                    None => encode(member, into),
                }
            }
        }
        Value::Array(items) => {
            into.extend_from_slice(&[u8::try_from(items.len()).unwrap(), ARRAY]);
            for item in items {
                encode(item, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("no place says {value}"),
    }
}

/// Numbers are in the metadata only, where each has its type.
fn encode_number(name: &str, number: u64, into: &mut Vec<u8>) {
    match name {
        "build_epoch" => {
            into.extend_from_slice(&[8, NUMBER_OF_64]);
            into.extend_from_slice(&number.to_be_bytes());
        }
        "node_count" => {
            begin(NUMBER_OF_32, 4, into);
            into.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        }
        _ => {
            begin(NUMBER_OF_16, 2, into);
            into.extend_from_slice(&u16::try_from(number).unwrap().to_be_bytes());
        }
    }
}

/// The byte of a type and a size, and one more for a size of 29 and above.
fn begin(kind: u8, size: usize, into: &mut Vec<u8>) {
    match size {
        0..29 => into.push((kind << 5) + u8::try_from(size).unwrap()),
        _ => into.extend_from_slice(&[(kind << 5) + 29, u8::try_from(size - 29).unwrap()]),
    }
}
