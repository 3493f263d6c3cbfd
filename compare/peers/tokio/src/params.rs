//! The workloads' parameters: which there are, their defaults, and how they are given.

use std::collections::HashMap;

use serde_json::Value;

const CATALOGUE: &str = include_str!("../../catalogue/workloads.json");

/// What `list` prints.
pub fn catalogue() -> Value {
    serde_json::from_str(CATALOGUE).expect("workloads.json is JSON")
}

/// The values of a point; a run without `--param` uses the first quick point.
#[derive(Debug)]
pub struct Params(HashMap<String, u64>);

impl Params {
    pub fn get(&self, name: &str) -> u64 {
        self.0[name]
    }

    fn defaults_of(workload: &str) -> Option<Params> {
        let catalogue = catalogue();
        let entry = catalogue
            .as_array()?
            .iter()
            .find(|entry| entry["name"] == workload)?;
        let point = entry["quick"][0].as_object()?.iter();
        Some(Params(
            point
                .map(|(name, value)| Some((name.clone(), value.as_u64()?)))
                .collect::<Option<_>>()?,
        ))
    }

    fn assign(&mut self, key_value: &str) -> Result<(), String> {
        let (key, value) = key_value
            .split_once('=')
            .ok_or_else(|| format!("a parameter is given as KEY=VALUE, not '{key_value}'"))?;
        let slot = self
            .0
            .get_mut(key)
            .ok_or_else(|| format!("unknown parameter '{key}'"))?;
        *slot = parse_count(value, key)?;
        Ok(())
    }
}

pub struct Options {
    pub params: Params,
    pub workers: usize,
}

fn parse_count(text: &str, what: &str) -> Result<u64, String> {
    match text.parse::<i64>() {
        Ok(number) if number >= 0 => Ok(number as u64),
        _ => Err(format!(
            "the value of {what} must be an integer of at least 0, not '{text}'"
        )),
    }
}

/// Parses what follows `run WORKLOAD`: "--option VALUE" or "--option=VALUE". The workloads need no
/// seed: none of them draws anything at random on this side.
pub fn parse(workload: &str, options: &[&str]) -> Result<Options, String> {
    let mut params = Params::defaults_of(workload)
        .ok_or_else(|| format!("unknown workload '{workload}'; 'list' names those there are"))?;
    let mut workers = 1;
    let mut rest = options.iter();
    while let Some(argument) = rest.next() {
        let (option, value) = match argument.split_once('=') {
            Some(pair) => pair,
            None => match rest.next() {
                Some(value) => (*argument, *value),
                None => return Err(format!("'{argument}' is unknown or lacks its value")),
            },
        };
        match option {
            "--param" => params.assign(value)?,
            "--workers" => workers = parse_count(value, option)? as usize,
            "--seed" => drop(parse_count(value, option)?),
            _ => return Err(format!("unknown option '{option}'")),
        }
    }
    if workers < 1 {
        return Err("--workers must be at least 1".into());
    }
    Ok(Options { params, workers })
}
