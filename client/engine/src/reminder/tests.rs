use super::*;

/// 08:00 in Hà Nội on a Thursday.
const MORNING: u64 = 1_769_043_600_000;
const HOUR: u64 = 3_600_000;

fn standing(urgency: Urgency, parts: &[Part]) -> Standing {
    Standing {
        call: Call {
            seq: 7,
            from: MORNING,
            until: MORNING + 10 * HOUR,
        },
        urgency,
        silent: vec!["moit/main".parse().unwrap()],
        parts: parts.iter().copied().collect(),
        phone: false,
        speaks: parts.contains(&Part::Lead),
        reminded: Vec::new(),
    }
}

fn stages(parts: &[Part]) -> Vec<Stage> {
    standing(Urgency::Khan, parts).stages().collect()
}

fn quiet(hours: &str) -> Settings {
    Settings {
        quiet: Some(hours.parse().unwrap()),
        sends: true,
        ..Settings::default()
    }
}

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[test]
fn the_seat_then_its_deputy_then_its_duty_contact_and_the_lead_are_told() {
    use Stage::{Deadline, Half, NineTenths, ThreeQuarters};
    assert_eq!(stages(&[Part::Primary]), [Half, ThreeQuarters, NineTenths]);
    assert_eq!(stages(&[Part::Deputy]), [ThreeQuarters, NineTenths]);
    assert_eq!(stages(&[Part::Duty]), [NineTenths]);
    assert_eq!(stages(&[Part::Lead]), [ThreeQuarters, Deadline]);
    assert_eq!(stages(&[]), []);
    // Where a silent seat has nobody else, the lead is told to telephone while there is time.
    let mut alone = standing(Urgency::Khan, &[Part::Lead]);
    alone.phone = true;
    let all: Vec<Stage> = alone.stages().collect();
    assert_eq!(all, [ThreeQuarters, NineTenths, Deadline]);
}

#[test]
fn nobody_is_told_once_nobody_is_silent() {
    let parts = [Part::Primary, Part::Deputy, Part::Duty, Part::Lead];
    let mut answered = standing(Urgency::HoaToc, &parts);
    answered.silent.clear();
    let (settings, table) = (Settings::default(), WorkingDays::default());
    for hours in 0..20 {
        let now = MORNING + hours * HOUR;
        assert_eq!(answered.due(&settings, &table, None, now), None);
        assert_eq!(answered.next(&settings, &table, None, now), None);
        assert_eq!(answered.sends(&settings, &table, None, now), None);
        assert_eq!(answered.sends_next(&settings, &table, None, now), None);
    }
}

#[test]
fn with_random_clocks_and_hours_each_stage_comes_at_most_once_in_order_and_hoa_toc_is_never_late() {
    let mut numbers = Numbers(1);
    let table = WorkingDays::default();
    for _ in 0..2_000 {
        let parts: Vec<Part> = [Part::Primary, Part::Deputy, Part::Duty, Part::Lead]
            .into_iter()
            .filter(|_| numbers.below(2) == 0)
            .collect();
        let urgency = match numbers.below(3) {
            0 => Urgency::HoaToc,
            1 => Urgency::Khan,
            _ => Urgency::Normal,
        };
        let from = u16::try_from(numbers.below(1_440)).unwrap();
        let until = u16::try_from(numbers.below(1_440)).unwrap();
        let settings = Settings {
            quiet: QuietHours::new(from, until),
            quiet_days: numbers.below(2) == 0,
            sends: true,
        };
        let mut it = standing(urgency, &parts);
        it.call.until = it.call.from + 10_000 + numbers.below(100 * HOUR);
        let (mut told, mut now) = (None::<Told>, it.call.from);
        for _ in 0..60 {
            now += numbers.below(4 * HOUR);
            let passed = it
                .stages()
                .filter(|stage| it.call.moment(*stage) <= now)
                .last();
            let due = it.due(&settings, &table, told, now);
            let next = it.next(&settings, &table, told, now);
            assert_eq!(
                due.is_some(),
                next.is_some_and(|next| next <= now),
                "{it:?} {next:?}"
            );
            if urgency == Urgency::HoaToc {
                let last = told.map(|told| told.stage).max(passed);
                assert_eq!(due.map(|due| due.stage).or(told.map(|it| it.stage)), last);
            }
            let Some(due) = due else { continue };
            assert!(settings.heard_at(&table, urgency, now) == now);
            assert!(told.is_none_or(|told| told.stage < due.stage));
            assert!(it.call.moment(due.stage) <= now);
            let (call, stage) = (due.call, due.stage);
            told = Some(Told { call, stage });
            assert_eq!(it.due(&settings, &table, told, now), None);
        }
    }
}

#[test]
fn quiet_hours_never_silence_hoa_toc_and_hold_back_the_rest_until_their_end_once() {
    let (settings, table) = (quiet("07:00-06:59"), WorkingDays::default());
    let parts = [Part::Primary, Part::Lead];
    let urgent = standing(Urgency::HoaToc, &parts);
    for stage in Stage::ALL {
        let now = urgent.call.moment(stage);
        let due = urgent.due(&settings, &table, None, now).unwrap();
        assert_eq!(due.stage, stage);
    }
    // From noon to 17:30 three stages pass, and one is heard.
    let (settings, mut it) = (quiet("12:00-17:30"), standing(Urgency::ThuongKhan, &parts));
    it.reminded.clear();
    for minutes in 0..330 {
        let now = MORNING + 4 * HOUR + minutes * 60_000;
        assert_eq!(it.due(&settings, &table, None, now), None);
        assert_eq!(it.sends(&settings, &table, None, now), None);
    }
    let end = MORNING + 9 * HOUR + HOUR / 2;
    assert_eq!(
        it.next(&settings, &table, None, MORNING + 5 * HOUR),
        Some(end)
    );
    let due = it.due(&settings, &table, None, end).unwrap();
    assert_eq!(due.stage, Stage::NineTenths);
    let told = Some(Told {
        call: 7,
        stage: due.stage,
    });
    assert_eq!(it.due(&settings, &table, told, end + 1), None);
    // Days off, by the calendar: what is due on Saturday is heard on Monday.
    let settings = Settings {
        quiet_days: true,
        ..Settings::default()
    };
    let saturday = Day::of(MORNING).after(2).first_ms() + HOUR;
    let monday = Day::of(MORNING).after(4).first_ms();
    assert_eq!(settings.heard_at(&table, Urgency::Khan, saturday), monday);
    assert_eq!(
        settings.heard_at(&table, Urgency::HoaToc, saturday),
        saturday
    );
}

#[test]
fn a_new_call_begins_anew() {
    let (settings, table) = (Settings::default(), WorkingDays::default());
    let mut it = standing(Urgency::Khan, &[Part::Primary]);
    let told = Some(Told {
        call: 7,
        stage: Stage::NineTenths,
    });
    let now = it.call.until;
    assert_eq!(it.due(&settings, &table, told, now), None);
    it.call = Call {
        seq: 9,
        from: now,
        until: now + HOUR,
    };
    assert_eq!(it.due(&settings, &table, told, now), None);
    let due = it.due(&settings, &table, told, now + HOUR / 2).unwrap();
    assert_eq!((due.call, due.stage), (9, Stage::Half));
}

#[test]
fn of_all_devices_of_the_lead_one_reminds_for_a_stage() {
    let table = WorkingDays::default();
    let settings = Settings {
        sends: true,
        ..Settings::default()
    };
    let mut it = standing(Urgency::Khan, &[Part::Lead]);
    let (three, deadline) = (it.call.moment(Stage::ThreeQuarters), it.call.until);
    assert_eq!(it.sends(&settings, &table, None, three - 1), None);
    assert_eq!(
        it.sends_next(&settings, &table, None, three - 1),
        Some(three)
    );
    assert_eq!(
        it.sends(&settings, &table, None, three),
        Some(Stage::ThreeQuarters)
    );
    // One that has sent it sends no second one, whatever the log's clock says; another one sees it in the log.
    let sent = Some(Told {
        call: 7,
        stage: Stage::ThreeQuarters,
    });
    assert_eq!(it.sends(&settings, &table, sent, three + HOUR), None);
    it.reminded.push(three + 3);
    assert_eq!(it.sends(&settings, &table, None, three + HOUR), None);
    assert_eq!(
        it.sends_next(&settings, &table, None, three + HOUR),
        Some(deadline)
    );
    assert_eq!(
        it.sends(&settings, &table, sent, deadline),
        Some(Stage::Deadline)
    );
    // A reminder by hand shortly before stands for the stage.
    it.reminded.push(deadline - REMIND_INTERVAL_MS_MIN);
    assert_eq!(it.sends(&settings, &table, None, deadline + HOUR), None);
    // Neither where it is switched off, nor by somebody who may not speak for the seat.
    it.reminded.clear();
    let off = Settings {
        sends: false,
        ..settings
    };
    assert_eq!(it.sends(&off, &table, None, deadline), None);
    it.speaks = false;
    assert_eq!(it.sends(&settings, &table, None, deadline), None);
}

#[test]
fn quiet_hours_are_read_and_written() {
    for hours in ["22:00-06:00", "00:00-23:59", "12:30-13:30"] {
        assert_eq!(hours.parse::<QuietHours>().unwrap().to_string(), hours);
    }
    for wrong in [
        "",
        "22-6",
        "24:00-06:00",
        "22:60-06:00",
        "6:00-7:00",
        "06:00-06:00",
        "+1:00-02:00",
    ] {
        assert_eq!(wrong.parse::<QuietHours>(), Err(NoQuietHours), "{wrong}");
    }
}
