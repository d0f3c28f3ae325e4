mod doors;
mod reading;
mod schedules;
