//! The service itself: a function of state, time, chance and request. Nothing here does I/O, waits, or reads a clock.

pub(crate) mod account;
mod auth;
pub(crate) mod behaviours;
mod call;
mod directories;
mod domains;
mod errors;
pub(crate) mod events;
pub(crate) mod faults;
mod groups;
mod invite;
pub(crate) mod lag;
mod lifecycle;
pub(crate) mod limits;
mod managed;
mod operation;
mod operations;
mod orgs;
mod paging;
mod policies;
mod random;
mod record;
mod reply;
mod request;
mod roles;
pub(crate) mod seed;
mod shape;
pub(crate) mod spec;
pub(crate) mod state;
pub(crate) mod time;
mod users;
mod versions;
mod workspaces;

use bytes::Bytes;

pub(crate) use auth::Key;
pub(crate) use operations::OPERATIONS;
pub(crate) use random::Random;
pub use record::{Exchange, Received, Sent};

use behaviours::{Behaviours, WrongMethod};
use call::Call;
use errors::Refusal;
use faults::{Fault, Outcome, Rule, Wire};
use limits::Limit;
use operation::{Operation, Route};
use reply::Reply;
use request::Request;
use state::Organization;
use time::Time;

/// An empty log that keeps so many exchanges.
pub(crate) fn log(keep: usize) -> record::Log {
    record::Log::new(keep)
}

/// An organization and the service around it.
pub(crate) struct World {
    pub(crate) org: Organization,
    pub(crate) behaviours: Behaviours,
    pub(crate) keys: Vec<Key>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) log: record::Log,
    /// The chance of faults; apart from the organization's, so that faults change no id.
    pub(crate) chance: Random,
}

impl World {
    /// Whether a new connection is turned away.
    pub(crate) fn refuses(&mut self) -> bool {
        faults::refuse(&mut self.rules, &mut self.chance)
    }

    /// Takes a request at a time, and says what became of it.
    pub(crate) fn handle(&mut self, now: Time, http: &http::Request<Bytes>) -> Outcome {
        let request = Request::new(http);
        let route = match &request.segments {
            Some(segments) => operation::route(&request.method, segments),
            None => Route::Nowhere,
        };
        let operation = match &route {
            Route::To(operation, _) => Some(*operation),
            Route::WrongMethod(_) | Route::Nowhere => None,
        };
        let name = operation.map(|operation| operation.name);
        let text = match self.rules.is_empty() {
            true => String::new(),
            false => format!(
                "{} {}",
                http.uri().path(),
                String::from_utf8_lossy(&request.body)
            )
            .to_lowercase(),
        };
        let outcome = match faults::strike(&mut self.rules, name, &text, &mut self.chance) {
            Some(Fault::DropBefore) => Outcome {
                response: http::Response::new(Bytes::new()),
                wire: Wire::DroppedBeforeEffect,
            },
            Some(Fault::Answer(answer)) => Outcome {
                response: answer.to_response(),
                wire: Wire::Whole,
            },
            fault => {
                let response = self.answer(now, &request, route).into_response();
                match fault {
                    Some(Fault::AnswerAfter(answer)) => Outcome {
                        response: answer.to_response(),
                        wire: Wire::Whole,
                    },
                    Some(Fault::DropAfter) => Outcome {
                        response,
                        wire: Wire::DroppedAfterEffect,
                    },
                    Some(Fault::Delay(delay)) => Outcome {
                        response,
                        wire: Wire::Delayed(delay),
                    },
                    Some(Fault::CutBody(bytes)) => Outcome {
                        response,
                        wire: Wire::Cut(bytes),
                    },
                    Some(Fault::Stall) => Outcome {
                        response,
                        wire: Wire::Stalled,
                    },
                    Some(Fault::Refuse | Fault::DropBefore | Fault::Answer(_)) | None => Outcome {
                        response,
                        wire: Wire::Whole,
                    },
                }
            }
        };
        self.log.add(now, name, http, &request, &outcome);
        outcome
    }

    fn answer(&mut self, now: Time, request: &Request, route: Route) -> Reply {
        let operation = match &route {
            Route::To(operation, _) => Some(*operation),
            Route::WrongMethod(_) | Route::Nowhere => None,
        };
        let mut headers = Vec::new();
        let mut reply = self
            .perform(now, request, route, &mut headers)
            .unwrap_or_else(|refusal| {
                let id = self.org.random.short();
                refusal.to_reply(operation, &self.behaviours, id)
            });
        reply.headers.append(&mut headers);
        reply
    }

    /// Who asks, where to, whether there is room, whether it is allowed; then the operation itself.
    fn perform(
        &mut self,
        now: Time,
        request: &Request,
        route: Route,
        headers: &mut Vec<(&'static str, String)>,
    ) -> Result<Reply, Refusal> {
        let key = auth::authenticate(&request.headers, &self.keys)?;
        let (operation, params): (&'static Operation, _) = match route {
            Route::To(operation, params) => (operation, params),
            Route::WrongMethod(allowed) => {
                if self.behaviours.get::<WrongMethod>() == WrongMethod::MethodNotAllowed {
                    headers.push(("allow", allowed.join(", ")));
                }
                return Err(self.wrong_method());
            }
            Route::Nowhere => return Err(operation::no_route()),
        };
        if let Some(ticket) = limits::take(&mut self.limits, operation.name, now) {
            *headers = ticket.headers(&self.behaviours);
            if !ticket.admitted {
                return Err(Refusal::new(429, "ADMIN-429-1", "Rate limit exceeded"));
            }
        }
        let at = self.org.lags.moment(now, operation.name);
        let mut call = Call {
            org: &mut self.org,
            behaviours: &self.behaviours,
            at,
            now,
            operation,
            params,
            request,
        };
        auth::authorize(&mut call, key)?;
        let reply = (operation.handler)(&mut call)?;
        events::record(&mut call, &reply);
        Ok(reply)
    }

    fn wrong_method(&self) -> Refusal {
        match self.behaviours.get::<WrongMethod>() {
            WrongMethod::MethodNotAllowed => {
                Refusal::new(405, "ADMIN-405-1", "This method is not for this path")
            }
            WrongMethod::NotFound => operation::no_route(),
        }
    }
}
