//! Sums that agree, whatever happened.

use proptest::prelude::*;

use super::*;

fn case(opened: u64) -> Case {
    Case {
        form: Form::Consultation,
        template: 1,
        urgency: Urgency::Normal,
        scope: Some(Scope::pillar("aec")),
        state: "collecting",
        opened,
        asked: vec![],
        acts: Acts::default(),
    }
}

fn asked(agency: &str, response: Response, answered: Option<u64>) -> Asked {
    Asked {
        agency: agency.parse().unwrap(),
        viewed: answered,
        acknowledged: None,
        answered,
        response,
    }
}

fn of(agency: &str) -> (Form, AgencyId) {
    (Form::Consultation, agency.parse().unwrap())
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn r20_1a_a_year_is_one_of_ha_noi_to_the_millisecond() {
    let year = Window::year(2026).unwrap();
    let (first, next) = (day("2026-01-01").first_ms(), day("2027-01-01").first_ms());
    for (time, within) in [
        (first - 1, false),
        (first, true),
        (next - 1, true),
        (next, false),
    ] {
        assert_eq!(year.contains(time), within, "{time}");
        let sums = Statistics::of([&case(time)], &year);
        assert_eq!(sums.count, u64::from(within));
    }
    assert_eq!(first, 1_767_200_400_000, "2025-12-31T17:00:00Z");
    for none in [0, 1969, 10_000] {
        assert_eq!(Window::year(none), None, "{none}");
    }
    assert!(Window::default().contains(0) && Window::default().contains(u64::MAX));
}

#[test]
fn r20_1a_an_agency_is_counted_by_what_it_did() {
    let mut one = case(0);
    one.asked = vec![
        asked("moit", Response::InTime, Some(60_000)),
        asked("mof", Response::Unanswered, None),
    ];
    let mut two = case(1);
    two.asked = vec![
        asked("moit", Response::Late, Some(180_000)),
        asked("mof", Response::Waiting, None),
    ];
    let sums = Statistics::of([&one, &two], &Window::default());
    let moit = &sums.agencies[&of("moit")];
    assert_eq!((moit.asked, moit.in_time, moit.late), (2, 1, 1));
    assert_eq!(moit.answered.percentile(50), Some(60_000));
    assert_eq!(moit.answered.percentile(90), Some(180_000));
    assert_eq!(moit.acknowledged.percentile(50), None);
    let mof = &sums.agencies[&of("mof")];
    assert_eq!((mof.asked, mof.unanswered, mof.waiting), (2, 1, 1));
    // Silence has no time.
    assert_eq!(
        (mof.answered.count(), mof.answered.percentile(90)),
        (0, None)
    );
}

#[test]
fn r20_1a_a_percentile_is_the_nearest_rank() {
    let mut waits = Waits::default();
    for wait in [100, 30, 20, 50, 40, 90, 60, 70, 80, 10] {
        waits.push(Some(wait));
    }
    waits.push(None);
    let found = [0, 1, 10, 50, 51, 90, 91, 100, 1_000].map(|it| waits.percentile(it).unwrap());
    assert_eq!(found, [10, 10, 10, 50, 60, 90, 100, 100, 100]);
}

const RESPONSES: [Response; 5] = [
    Response::InTime,
    Response::Late,
    Response::Unanswered,
    Response::Waiting,
    Response::Released,
];

fn any_asked() -> impl Strategy<Value = Asked> {
    let times = proptest::collection::vec(proptest::option::of(0_u64..100_000_000), 3);
    (0_usize..4, 0_usize..5, times).prop_map(|(agency, response, times)| {
        let response = RESPONSES[response];
        let is_answered = matches!(response, Response::InTime | Response::Late);
        Asked {
            agency: ["moit", "mof", "mps", "moha"][agency].parse().unwrap(),
            viewed: times[0],
            acknowledged: times[1],
            answered: is_answered.then(|| times[2].unwrap_or(7)),
            response,
        }
    })
}

fn any_case() -> impl Strategy<Value = Case> {
    let states = [
        "collecting",
        "overdue",
        "complete",
        "concluded",
        "withdrawn",
    ];
    let forms = [Form::Consultation, Form::Notice, Form::Request];
    let scopes = [
        None,
        Some(Scope::pillar("aec")),
        Some(Scope::pillar("apsc")),
        Some(Scope::coordinator()),
    ];
    // From 2025-11 to 2027-03.
    let opened = 1_762_000_000_000_u64..1_806_000_000_000;
    let asked = proptest::collection::vec(any_asked(), 0..5);
    (
        1_u64..15,
        0_usize..4,
        0_usize..4,
        0_usize..5,
        opened,
        asked,
        0_u64..9,
    )
        .prop_map(
            move |(template, urgency, scope, state, opened, asked, reminders)| Case {
                form: forms[state % 3],
                template,
                urgency: Urgency::ALL[urgency],
                scope: scopes[scope].clone(),
                state: states[state],
                opened,
                asked,
                acts: Acts {
                    reminders,
                    ..Acts::default()
                },
            },
        )
}

proptest! {
    /// Every way of counting gives the same number, and years together are the whole.
    #[test]
    fn r20_1a_sums_agree(cases in proptest::collection::vec(any_case(), 0..40)) {
        let all = Statistics::of(&cases, &Window::default());
        prop_assert_eq!(all.count, cases.len() as u64);
        for sum in [
            all.forms.values().sum::<u64>(),
            all.templates.values().sum(),
            all.urgencies.values().sum(),
            all.scopes.values().sum(),
            all.states.values().sum(),
        ] {
            prop_assert_eq!(sum, all.count);
        }
        let asked: usize = cases.iter().map(|case| case.asked.len()).sum();
        prop_assert_eq!(all.agencies.values().map(|it| it.asked).sum::<u64>(), asked as u64);
        for it in all.agencies.values() {
            let parts = it.in_time + it.late + it.unanswered + it.waiting + it.released;
            prop_assert_eq!(parts, it.asked);
            prop_assert_eq!(it.answered.count() as u64, it.in_time + it.late);
            prop_assert!(it.viewed.percentile(50) <= it.viewed.percentile(90));
        }
        let years = [2025, 2026, 2027].map(|year| Statistics::of(&cases, &Window::year(year).unwrap()));
        let sum = |of: fn(&Statistics) -> u64| years.iter().map(of).sum::<u64>();
        prop_assert_eq!(sum(|it| it.count), all.count);
        prop_assert_eq!(sum(|it| it.acts.reminders), all.acts.reminders);
        prop_assert_eq!(
            sum(|it| it.agencies.values().map(|one| one.asked).sum()),
            asked as u64
        );
    }

    /// Whatever the order in which they come.
    #[test]
    fn r20_1a_order_does_not_matter(cases in proptest::collection::vec(any_case(), 0..20)) {
        let forth = Statistics::of(&cases, &Window::default());
        let back = Statistics::of(cases.iter().rev(), &Window::default());
        prop_assert_eq!(forth, back);
    }
}
