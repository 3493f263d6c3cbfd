//! `echo`, `read_to_end`, `http_plaintext` and `idle_connections`: TCP servers, a task for each connection.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::machine::raise_descriptor_limit;
use crate::output::{print_line, Measured, Outcome};
use crate::params::Params;

const BUFFER_BYTES: usize = 16 * 1024;
const IDLE_BUFFER_BYTES: usize = 1024;
const MOST_FIELDS: usize = 64;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

async fn echo(stream: TcpStream) -> Result<u64> {
    echo_with(stream, BUFFER_BYTES).await
}

async fn idle(stream: TcpStream) -> Result<u64> {
    echo_with(stream, IDLE_BUFFER_BYTES).await
}

/// Returns how many bytes it sent back.
async fn echo_with(mut stream: TcpStream, buffer_bytes: usize) -> Result<u64> {
    let mut buffer = vec![0; buffer_bytes];
    let mut total = 0;
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(total);
        }
        stream.write_all(&buffer[..n]).await?;
        total += n as u64;
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Returns the hash that it answered with.
async fn read_to_end(mut stream: TcpStream) -> Result<u64> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let hash = fnv1a(&bytes);
    stream.write_all(&hash.to_le_bytes()).await?;
    Ok(hash)
}

/// How many bytes of `input` the first request takes, by httparse, the parser of hyper; requests
/// of this load have no bodies.
fn first_request(input: &[u8]) -> Result<Option<usize>> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    match httparse::Request::new(&mut fields).parse(input) {
        Ok(httparse::Status::Complete(size)) => Ok(Some(size)),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(error) => Err(Error::new(ErrorKind::InvalidData, error)),
    }
}

/// Returns how many requests it answered.
async fn answer_requests(mut stream: TcpStream) -> Result<u64> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut filled = 0;
    let mut answers = Vec::new();
    let mut total = 0;
    loop {
        let n = stream.read(&mut buffer[filled..]).await?;
        if n == 0 {
            return Ok(total);
        }
        filled += n;
        let mut taken = 0;
        answers.clear();
        while let Some(size) = first_request(&buffer[taken..filled])? {
            taken += size;
            total += 1;
            answers.extend_from_slice(ANSWER);
        }
        buffer.copy_within(taken..filled, 0);
        filled -= taken;
        if filled == buffer.len() {
            return Err(Error::new(ErrorKind::InvalidData, "a request is too large"));
        }
        stream.write_all(&answers).await?;
    }
}

/// The kernel shortens the queue of connections not yet accepted to net.core.somaxconn; Tokio's
/// own default would be 1,024.
fn listen() -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    socket.listen(65_535)
}

/// Accepts as many connections as told, has each handled by a task of its own, and sums up what
/// the handlers return. The first error of any of them fails the run.
async fn serve<F>(connections: u64, handle: fn(TcpStream) -> F) -> Outcome
where
    F: Future<Output = Result<u64>> + Send + 'static,
{
    raise_descriptor_limit();
    let listener = listen()?;
    print_line(&json!({"listening": listener.local_addr()?.port()}));
    let mut tasks = Vec::with_capacity(connections as usize);
    for _ in 0..connections {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tasks.push(tokio::spawn(handle(stream)));
    }
    drop(listener);
    let mut sum = 0u64;
    for task in tasks {
        sum = sum.wrapping_add(task.await??);
    }
    // What the clients sent is known only to them, who compare the checksum with their own.
    Ok(Measured {
        metrics: vec![],
        checksum: sum,
        expected: sum,
        ops: connections,
    })
}

pub async fn run_echo(params: Params) -> Outcome {
    serve(params.get("connections"), echo).await
}

pub async fn run_read_to_end(params: Params) -> Outcome {
    serve(params.get("connections"), read_to_end).await
}

pub async fn run_http_plaintext(params: Params) -> Outcome {
    serve(params.get("connections"), answer_requests).await
}

pub async fn run_idle_connections(params: Params) -> Outcome {
    serve(params.get("connections"), idle).await
}
