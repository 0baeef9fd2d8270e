from mutation import operators


def broken(text):
    return [mutant.now for mutant in operators.mutants_of(text)]


def test_binary_operators_are_exchanged_where_they_stand():
    assert broken('x = a + b;') == ['x = a - b;', ';']
    assert 'if (a <= b) return c;' in broken('if (a < b) return c;')


def test_template_brackets_and_pointers_are_no_operators():
    assert broken('const std::vector<float>* v = &w;') == []
    assert broken('float* v;') == []


def test_functions_constants_signs_and_negations_are_exchanged():
    assert 'const double x = std::min(a, b);' in broken('const double x = std::max(a, b);')
    assert 'const double x = (a);' in broken('const double x = std::sqrt(a);')
    assert 'const int n = 4;' in broken('const int n = 3;')
    assert 'constexpr double kTiny = (1e-9 * 1000);' in broken('constexpr double kTiny = 1e-9;')
    assert 'f(a, b);' in broken('f(-a, b);')
    assert 'if (done) return;' in broken('if (!done) return;')


def test_conditions_become_constant_and_choices_single():
    assert {'if (true) return;', 'if (false) return;'} <= set(broken('if (done) return;'))
    assert {'return a ? c : c;', 'return a ? b : b;'} <= set(broken('return a ? b : c;'))


def test_statements_are_left_out_but_not_declarations():
    assert ';' in broken('Drop(first, codes);')
    assert 'if (a) ;' in broken('if (a) continue;')
    assert ';' not in broken('const double x = f(a);')


def test_comments_strings_and_the_preprocessor_stay():
    assert broken('// a + b') == []
    assert broken('#include "a + b"') == []
    assert broken('f("a < b");') == [';']


def test_every_mutant_differs_from_its_line():
    with open(operators.__file__.replace('tests/mutation/operators.py', 'core/coding/lasso.cc'), encoding='utf-8') as source:
        mutants = operators.mutants_of(source.read())
    assert len(mutants) > 150
    assert all(mutant.was != mutant.now for mutant in mutants)
    assert len(set(mutants)) == len(mutants)
