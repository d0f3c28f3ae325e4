mod doors;
mod learning;
mod reading;
mod schedules;
