use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thamvan_proto::consultation::Urgency;
use thamvan_server_core::alert::{Key, Ring, Tag};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

fn alert(way: Way) -> Alert {
    Alert {
        key: Key {
            tag: Tag([7; 8]),
            seat: "moit/main".parse().unwrap(),
            ring: Ring::Primary,
            way,
        },
        urgency: Urgency::HoaToc,
        deadline: 1_800_000_000_000,
        officials: vec!["minh@moit".parse().unwrap()],
    }
}

fn contact() -> Contact {
    Contact {
        emails: vec!["minh@moit.example".parse().unwrap()],
        phones: vec!["+84912345678".to_owned()],
    }
}

/// Answers one client until it hands over to TLS or says goodbye; gives the stream back and what was mailed.
async fn converse<S>(stream: S, greet: bool) -> (S, String)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    let (mut line, mut mail) = (String::new(), String::new());
    if greet {
        stream.write_all(b"220 mail.test\r\n").await.unwrap();
    }
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return (stream.into_inner(), mail);
        }
        let answer: &[u8] = match line.trim_end() {
            "STARTTLS" => b"220 go on\r\n",
            "DATA" => b"354 go on\r\n",
            "QUIT" => b"221 bye\r\n",
            command if command.starts_with("EHLO") && greet => b"250-mail.test\r\n250 STARTTLS\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await.unwrap();
        match line.trim_end() {
            "STARTTLS" | "QUIT" => return (stream.into_inner(), mail),
            "DATA" => {
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await.unwrap();
                    mail.push_str(&line);
                }
                stream.write_all(b"250 taken\r\n").await.unwrap();
            }
            _ => {}
        }
    }
}

/// A mail server with a certificate of its own, for one connection; gives what was mailed.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor, starts_plain: bool) -> String {
    let (tcp, _) = listener.accept().await.unwrap();
    if starts_plain {
        let (tcp, mail) = converse(tcp, true).await;
        assert_eq!(mail, "", "nothing goes in the clear");
        let Ok(tls) = acceptor.accept(tcp).await else {
            return String::new();
        };
        return converse(tls, false).await.1;
    }
    match acceptor.accept(tcp).await {
        Ok(tls) => converse(tls, true).await.1,
        Err(_) => String::new(),
    }
}

/// A certificate for this machine: its file, and what serves with it.
fn certified(dir: &Path) -> (PathBuf, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let path = dir.join("ca.pem");
    std::fs::write(&path, &pem).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (path, TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn mail_goes_over_tls_to_whom_the_authority_certifies_and_to_nobody_else() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ca, acceptor) = certified(dir.path());
    let (other_ca, _) = certified(other.path());
    for (tls, ca, expected) in [
        (SmtpTls::Tls, &ca, true),
        (SmtpTls::Starttls, &ca, true),
        (SmtpTls::Tls, &other_ca, false),
        (SmtpTls::Starttls, &other_ca, false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
            tls,
            from: "thamvan@register.example".parse().unwrap(),
            login: None,
        };
        let smtp = Smtp::open(&settings, Some(ca)).unwrap();
        let served = serve(listener, acceptor.clone(), tls == SmtpTls::Starttls);
        let (alert, contact) = (alert(Way::Mail), contact());
        let sent = smtp.send(&alert, contact.emails.iter());
        let (mail, sent) = tokio::join!(served, sent);
        assert_eq!(sent.is_ok(), expected, "{tls:?} {sent:?}");
        assert_eq!(mail.contains("To: minh@moit.example"), expected, "{mail}");
    }
}

#[tokio::test]
async fn a_program_is_told_on_its_standard_input_and_answers_with_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (script, expected) in [
        (format!("cat >{}; test -z \"$HOME\"", out.display()), Ok(())),
        ("exit 3".to_owned(), Err(Failure::Refused)),
    ] {
        let ways = Ways {
            smtp: None,
            webhook: None,
            command: Some(CommandSettings {
                program: "/bin/sh".into(),
                arguments: vec!["-c".to_owned(), script],
            }),
        };
        let sent = ways.send(&alert(Way::Command), &[contact()]).await;
        assert_eq!(sent, expected);
        let other = ways.send(&alert(Way::Mail), &[contact()]).await;
        assert_eq!(other, Err(Failure::NoWay));
    }
    let said = std::fs::read_to_string(out).unwrap();
    assert!(said.contains("\"phones\":[\"+84912345678\"]"), "{said}");
}
