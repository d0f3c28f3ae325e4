//! Finding people by address or account id.

use crate::address::IntoPerson;
use crate::error::{Error, ErrorKind};
use crate::listed::listed;
use crate::lookup;
use crate::organization::Organization;
use crate::user::User;

impl Organization {
    /// Finds one person by address or account id, exactly; `None` if the organization shows no such
    /// account. A hit does not mean membership: accounts of the organization's own domains are
    /// found too.
    ///
    /// Reference operation: `searchDirectoryUsers` on all directories.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) (not sent), and those of any read.
    pub async fn find_user(&self, person: impl IntoPerson) -> Result<Option<User>, Error> {
        let person = person.into_person()?;
        Ok(lookup::find(self, &[person]).await?.pop().flatten())
    }

    /// Finds people by address or account id: 100 addresses or 10 account ids a request. The answer
    /// has an entry for each of them, in their order: found, or no such account here.
    ///
    /// # Errors
    ///
    /// As [`find_user`](Self::find_user); a malformed one is named by its 1-based position.
    pub async fn find_users<P: IntoPerson>(
        &self,
        people: impl IntoIterator<Item = P>,
    ) -> Result<Vec<Option<User>>, Error> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (n, person) in people.into_iter().enumerate() {
            match person.into_person() {
                Ok(person) => good.push(person),
                Err(_) => bad.push(n + 1),
            }
        }
        if !bad.is_empty() {
            let words = format!(
                "{} of {} people are neither an address nor an account id, at position {}",
                bad.len(),
                bad.len() + good.len(),
                listed(&bad, 20)
            );
            return Err(Error::invalid(words).with_positions(bad));
        }
        lookup::find(self, &good).await
    }

    /// The person with this address or account id.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](ErrorKind::NoSuchAccount) if the organization shows none; otherwise as
    /// [`find_user`](Self::find_user).
    pub async fn get_user(&self, person: impl IntoPerson) -> Result<User, Error> {
        self.find_user(person)
            .await?
            .ok_or_else(|| Error::new(ErrorKind::NoSuchAccount))
    }
}
